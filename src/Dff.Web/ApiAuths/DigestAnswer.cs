using System.Text;

namespace Dff.Web.ApiAuths;

/// <summary>Reads what a client answers to a digest challenge: <c>name="quoted", name=token</c>. What is no such list ends it.</summary>
internal static class DigestAnswer
{
    public static Dictionary<string, string> Parse(ReadOnlySpan<char> text)
    {
        var parameters = new Dictionary<string, string>(12, StringComparer.OrdinalIgnoreCase);
        while ((text = text.TrimStart(" \t,")).Length > 0)
        {
            var equals = text.IndexOf('=');
            if (equals <= 0) break;
            var name = text[..equals].TrimEnd().ToString();
            text = text[(equals + 1)..].TrimStart(" \t");
            if (text.StartsWith("\""))
            {
                if (Quoted(ref text) is not { } value) break;
                parameters[name] = value;
                continue;
            }

            var end = text.IndexOfAny(" \t,");
            if (end < 0) end = text.Length;
            parameters[name] = text[..end].ToString();
            text = text[end..];
        }

        return parameters;
    }

    /// <returns>Null: it has no end.</returns>
    private static string? Quoted(ref ReadOnlySpan<char> text)
    {
        var rest = text[1..];
        var end = rest.IndexOfAny('"', '\\');
        if (end < 0) return null;
        if (rest[end] == '"')
        {
            text = rest[(end + 1)..];
            return rest[..end].ToString();
        }

        var value = new StringBuilder();
        for (var index = 0; index < rest.Length; index++)
        {
            if (rest[index] == '"')
            {
                text = rest[(index + 1)..];
                return value.ToString();
            }

            if (rest[index] == '\\' && ++index == rest.Length) break;
            value.Append(rest[index]);
        }

        return null;
    }
}
