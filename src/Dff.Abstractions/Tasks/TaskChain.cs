using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dff.Abstractions.Tasks;

/// <summary>How a call came about by functions that started one another.</summary>
/// <param name="RootTaskId">The call that somebody from outside made.</param>
/// <param name="Functions">IDs of functions, that call's first, the called one's last.</param>
public sealed record TaskChain([property: JsonPropertyName("root")] string RootTaskId, [property: JsonPropertyName("functions")] IReadOnlyList<string> Functions)
{
    public static TaskChain Parse(string json) => JsonSerializer.Deserialize<TaskChain>(json)!;

    /// <summary>The chain that a running call stands in, by the values that were injected into it.</summary>
    public static TaskChain OfContext(ReadOnlyMemory<byte> context)
    {
        using var document = JsonDocument.Parse(context);
        return new TaskChain(
            document.RootElement.GetProperty("_DFF_ROOT_TASK_ID").GetString()!,
            [.. document.RootElement.GetProperty("_DFF_FUNC_CHAIN").EnumerateArray().Select(function => function.GetString()!)]);
    }

    public TaskChain With(string functionId) => this with { Functions = [.. Functions, functionId] };

    public string ToJson() => JsonSerializer.Serialize(this);

    public override string ToString() => string.Join(" → ", Functions);
}
