using System.IO.Compression;
using System.Text.Json;
using Dff.Grains.Scripts;

namespace Dff.Grains.Packages;

/// <summary>All script sets and scripts as they were.</summary>
internal sealed record ScriptDump(IReadOnlyList<DumpedSet> ScriptSets, IReadOnlyList<DumpedScript> Scripts)
{
    public byte[] ToBytes()
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest)) JsonSerializer.Serialize(gzip, this);
        return target.ToArray();
    }

    public static ScriptDump Of(byte[] bytes)
    {
        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        return JsonSerializer.Deserialize<ScriptDump>(gzip)!;
    }

    public object Summary() => new { scriptSets = ScriptSets.Count, scripts = Scripts.Count, funcs = Scripts.Sum(script => script.CountFunctions()) };
}

internal sealed record DumpedSet(string Id, string? Title, string? Description, string? Requirements, bool IsPinned)
{
    public static DumpedSet Of(string id, ScriptSetState set) => new(id, set.Title, set.Description, set.Requirements, set.IsPinned);
}

/// <param name="PublishVersion">0: it was not published.</param>
internal sealed record DumpedScript(string Id, string? Title, string? Description, string CodeDraft, string? Code, int PublishVersion, string FunctionsJson)
{
    public static DumpedScript Of(string id, ScriptState script) =>
        new(id, script.Title, script.Description, script.CodeDraft, script.Code, script.PublishVersion, script.FunctionsJson);

    public ScriptTarget Target => new(Title, Description, CodeDraft, PublishVersion > 0 ? new PublishedTarget(Code ?? "", FunctionsJson, PublishVersion) : null);

    public int CountFunctions()
    {
        using var functions = JsonDocument.Parse(FunctionsJson, new JsonDocumentOptions { MaxDepth = 1000 });
        return functions.RootElement.GetArrayLength();
    }
}
