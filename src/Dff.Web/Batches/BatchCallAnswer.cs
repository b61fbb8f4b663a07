using System.Text.Json.Serialization;

namespace Dff.Web.Batches;

/// <param name="TaskId">The task, which is committed.</param>
public sealed record BatchCallAnswer(string TaskId)
{
    /// <summary>Where its result is asked for; only where it is saved.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ResultURL { get; init; }
}
