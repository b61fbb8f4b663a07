using System.Text;

namespace Dff.Web.ApiAuths;

/// <summary>What a client answers to a digest challenge: <c>name="quoted", name=token</c>. What is no such list ends it, and of a name that is given twice the last counts. What is not given is empty.</summary>
internal readonly ref struct DigestAnswer
{
    private DigestAnswer(ReadOnlySpan<char> text)
    {
        while ((text = text.TrimStart(" \t,")).Length > 0)
        {
            var equals = text.IndexOf('=');
            if (equals <= 0) return;
            var name = text[..equals].TrimEnd();
            text = text[(equals + 1)..].TrimStart(" \t");
            if (!TryReadValue(ref text, out var value)) return;
            if (Is(name, "username")) Username = value;
            else if (Is(name, "realm")) Realm = value;
            else if (Is(name, "nonce")) Nonce = value;
            else if (Is(name, "uri")) Uri = value;
            else if (Is(name, "qop")) Qop = value;
            else if (Is(name, "nc")) Nc = value;
            else if (Is(name, "cnonce")) Cnonce = value;
            else if (Is(name, "algorithm")) Algorithm = value;
            else if (Is(name, "response")) Response = value;
        }
    }

    public ReadOnlySpan<char> Username { get; }

    public ReadOnlySpan<char> Realm { get; }

    public ReadOnlySpan<char> Nonce { get; }

    public ReadOnlySpan<char> Uri { get; }

    public ReadOnlySpan<char> Qop { get; }

    public ReadOnlySpan<char> Nc { get; }

    public ReadOnlySpan<char> Cnonce { get; }

    public ReadOnlySpan<char> Algorithm { get; }

    public ReadOnlySpan<char> Response { get; }

    public static DigestAnswer Parse(ReadOnlySpan<char> text) => new(text);

    private static bool Is(ReadOnlySpan<char> name, string known) => name.Equals(known, StringComparison.OrdinalIgnoreCase);

    /// <returns>False: it has no end.</returns>
    private static bool TryReadValue(scoped ref ReadOnlySpan<char> text, out ReadOnlySpan<char> value)
    {
        if (text.Length > 0 && text[0] == '"') return TryReadQuoted(ref text, out value);
        var end = text.IndexOfAny(" \t,");
        if (end < 0) end = text.Length;
        value = text[..end];
        text = text[end..];
        return true;
    }

    private static bool TryReadQuoted(scoped ref ReadOnlySpan<char> text, out ReadOnlySpan<char> value)
    {
        var rest = text[1..];
        var end = rest.IndexOfAny('"', '\\');
        if (end >= 0 && rest[end] == '"')
        {
            value = rest[..end];
            text = rest[(end + 1)..];
            return true;
        }

        value = default;
        if (end < 0) return false;
        var plain = new StringBuilder(rest.Length);
        for (var index = 0; index < rest.Length; index++)
        {
            if (rest[index] == '"')
            {
                value = plain.ToString();
                text = rest[(index + 1)..];
                return true;
            }

            if (rest[index] == '\\' && ++index == rest.Length) break;
            plain.Append(rest[index]);
        }

        return false;
    }
}
