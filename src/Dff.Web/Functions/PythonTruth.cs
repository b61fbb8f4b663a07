using System.Text.Json;

namespace Dff.Web.Functions;

/// <summary>Results of functions that decide: what Python's <c>if</c> takes for true.</summary>
internal static class PythonTruth
{
    /// <param name="json">A result; nothing is false.</param>
    public static bool Of(ReadOnlyMemory<byte> json)
    {
        if (json.IsEmpty) return false;
        using var document = JsonDocument.Parse(json);
        var value = document.RootElement;
        return value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.Number => value.GetDouble() != 0,
            JsonValueKind.String => value.GetString()!.Length > 0,
            JsonValueKind.Array => value.GetArrayLength() > 0,
            JsonValueKind.Object => value.EnumerateObject().Any(),
            _ => false,
        };
    }
}
