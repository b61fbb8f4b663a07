namespace Dff.Abstractions.Tasks;

/// <summary>What tasks come from.</summary>
public static class TaskOrigin
{
    /// <summary>Every origin that a task can have.</summary>
    public static IReadOnlyList<string> All { get; } = ["direct", "authLink", "batch", "crontab", "integration"];
}
