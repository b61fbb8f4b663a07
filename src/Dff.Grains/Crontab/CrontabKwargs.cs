using System.Text.Json;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Tasks;

namespace Dff.Grains.Crontab;

/// <summary>The arguments of a crontab config must fit the function: nobody is there to see them fail at night.</summary>
internal static class CrontabKwargs
{
    private const string Field = "data.funcCallKwargsJSON";

    /// <param name="kwargsJson">JSON object.</param>
    /// <param name="argumentsJson">The function's arguments by their names as they are written; null: not known.</param>
    public static void Require(string funcId, string kwargsJson, string? argumentsJson)
    {
        var size = System.Text.Encoding.UTF8.GetByteCount(kwargsJson);
        if (size > NewTask.LargestKwargs) throw DffException.BadRequest(Field, $"{Field}: at most {NewTask.LargestKwargs} bytes are accepted, not {size}");
        using var kwargs = JsonDocument.Parse(kwargsJson, new JsonDocumentOptions { MaxDepth = 600 });
        foreach (var argument in kwargs.RootElement.EnumerateObject())
        {
            if (argument.Value.ValueKind == JsonValueKind.String && argument.Value.GetString() is "FROM_PARAMETER" or "INPUT_BY_CALLER")
                throw Refused(argument.Name, funcId, "a crontab config has no caller who could give it; write its value");
        }

        if (argumentsJson is null) return;
        using var arguments = JsonDocument.Parse(argumentsJson);
        var known = arguments.RootElement.EnumerateObject().ToDictionary(argument => argument.Name, argument => argument.Value.TryGetProperty("default", out _), StringComparer.Ordinal);
        var takesAny = known.Keys.Any(name => name.StartsWith("**", StringComparison.Ordinal));
        foreach (var argument in kwargs.RootElement.EnumerateObject())
        {
            if (!takesAny && (argument.Name.StartsWith('*') || !known.ContainsKey(argument.Name)))
                throw Refused(argument.Name, funcId, $"{funcId} has no such argument; it has {(known.Count == 0 ? "none" : string.Join(", ", known.Keys))}");
        }

        foreach (var (name, hasDefault) in known)
        {
            if (!hasDefault && !name.StartsWith('*') && !kwargs.RootElement.TryGetProperty(name, out _)) throw Refused(name, funcId, $"{funcId} requires this argument");
        }
    }

    private static DffException Refused(string argument, string funcId, string what) => new(
        ErrorReason.ClientBadRequest, $"{Field}.{argument}: {what}", new { field = $"{Field}.{argument}", kwargsField = argument, funcId });
}
