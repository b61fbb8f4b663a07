using System.Text.Json;
using Dff.Abstractions.Errors;
using Dff.Storage;

namespace Dff.Grains.Functions;

/// <summary>Arguments that a config fixes must fit its function, as far as it is certain already that no call could succeed.</summary>
internal static class FunctionArguments
{
    private const string Field = "data.funcCallKwargsJSON";
    private const string Further = "**kwargs";

    /// <param name="kwargsJson">JSON object.</param>
    /// <param name="argumentsJson">The function's arguments by their names as they are written; null: not known.</param>
    /// <param name="hasCaller">False: nobody is there to give what a placeholder leaves open, nor to see a run fail at night.</param>
    public static void Require(string funcId, string kwargsJson, string? argumentsJson, bool hasCaller)
    {
        using var kwargs = JsonDocument.Parse(kwargsJson, new JsonDocumentOptions { MaxDepth = 600 });
        var placeholders = kwargs.RootElement.EnumerateObject().Where(IsPlaceholder).Select(argument => argument.Name).ToHashSet(StringComparer.Ordinal);
        if (!hasCaller && placeholders.Count > 0) throw Refused(placeholders.First(), funcId, "a crontab config has no caller who could give it; write its value");
        if (argumentsJson is null) return;
        using var arguments = JsonDocument.Parse(argumentsJson, new JsonDocumentOptions { MaxDepth = RawJson.DeepestNesting });
        var known = arguments.RootElement.EnumerateObject().ToDictionary(argument => argument.Name, argument => argument.Value.TryGetProperty("default", out _), StringComparer.Ordinal);
        var takesAny = known.Keys.Any(name => name.StartsWith("**", StringComparison.Ordinal));
        foreach (var argument in kwargs.RootElement.EnumerateObject())
        {
            // What is left to the caller fails only where a caller gives it.
            if (!takesAny && !placeholders.Contains(argument.Name) && (argument.Name.StartsWith('*') || !known.ContainsKey(argument.Name)))
                throw Refused(argument.Name, funcId, $"{funcId} has no such argument; it has {(known.Count == 0 ? "none" : string.Join(", ", known.Keys))}");
        }

        if (placeholders.Contains(Further)) return;
        foreach (var (name, hasDefault) in known)
        {
            if (!hasDefault && !name.StartsWith('*') && !kwargs.RootElement.TryGetProperty(name, out _))
                throw Refused(name, funcId, hasCaller ? $"{funcId} requires this argument; fix its value, or leave it to the caller with \"FROM_PARAMETER\"" : $"{funcId} requires this argument");
        }
    }

    private static bool IsPlaceholder(JsonProperty argument) => argument.Value.ValueKind == JsonValueKind.String && argument.Value.GetString() is "FROM_PARAMETER" or "INPUT_BY_CALLER";

    private static DffException Refused(string argument, string funcId, string what) => new(
        ErrorReason.ClientBadRequest, $"{Field}.{argument}: {what}", new { field = $"{Field}.{argument}", kwargsField = argument, funcId });
}
