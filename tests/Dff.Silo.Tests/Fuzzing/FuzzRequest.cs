using System.Text;

namespace Dff.Silo.Tests.Fuzzing;

internal sealed record FuzzRequest(string Method, string Url, byte[]? Body, string? ContentType, IReadOnlyDictionary<string, string> Headers)
{
    private const int MostShown = 600;

    public HttpRequestMessage ToMessage(Uri server, string token)
    {
        // What is odd in a path must arrive as it is.
        var url = new Uri(server.GetLeftPart(UriPartial.Authority) + Url, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var message = new HttpRequestMessage(new HttpMethod(Method), url);
        message.Headers.TryAddWithoutValidation("X-Dff-Auth-Token", token);
        foreach (var (name, value) in Headers) message.Headers.TryAddWithoutValidation(name, value);
        if (Body is null) return message;
        message.Content = new ByteArrayContent(Body);
        if (ContentType is not null) message.Content.Headers.TryAddWithoutValidation("Content-Type", ContentType);
        if (Headers.TryGetValue("Content-Encoding", out var encoding)) message.Content.Headers.ContentEncoding.Add(encoding);
        return message;
    }

    public override string ToString() =>
        $"{Method} {Shown(Url)} {ContentType} {string.Join(' ', Headers.Select(header => $"{header.Key}: {Shown(header.Value)}"))} {(Body is null ? "" : Shown(Encoding.UTF8.GetString(Body)))}";

    private static string Shown(string text) => text.Length <= MostShown ? text : $"{text[..MostShown]}… ({text.Length})";
}
