using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dff.Grains.Packages.Files;

/// <summary>Packages in either format.</summary>
internal static class PackageFile
{
    private const string Format = "dff-package";
    private const int Version = 1;

    public static byte[] Write(PackageContent content, string? password, DateTimeOffset now)
    {
        var manifest = new JsonObject
        {
            ["format"] = Format,
            ["version"] = Version,
            ["createTime"] = PackageJson.Time(now),
            ["note"] = content.Note,
            ["scriptSets"] = Rows(content.ScriptSets.Select(set => Of(set, withAll: true))),
            ["scripts"] = Rows(content.Scripts.Select(script => Of(script))),
            ["funcs"] = Rows(content.Funcs.Select(PackageJson.Of)),
            ["parts"] = new JsonObject(content.Parts.Select(part => KeyValuePair.Create<string, JsonNode?>(part.Key, new JsonArray([.. part.Value.Select(PackageJson.Node)])))),
        };
        return OwnPackageFile.Write(Utf8(manifest), content.Scripts.Where(script => script.Code is not null).Select(script => KeyValuePair.Create(script.Id, script.Code!)), password);
    }

    /// <summary>Parts are left out, which the original does not know.</summary>
    public static byte[] WriteLegacy(PackageContent content, string? password)
    {
        var json = new JsonObject
        {
            ["scriptSets"] = Rows(content.ScriptSets.Select(set => Of(set, withAll: false))),
            ["scripts"] = Rows(content.Scripts.Select(script =>
            {
                var row = Of(script);
                row["code"] = script.PublishVersion > 0 ? script.Code : null;
                return row;
            })),
            ["funcs"] = Rows(content.Funcs.Select(PackageJson.Of)),
            ["note"] = content.Note,
        };
        return LegacyPackageFile.Write(Utf8(json), password);
    }

    /// <exception cref="Abstractions.Errors.DffException">EBizCondition.InvalidPassword: wrong password, damaged or no package; EClientBadRequest: too large, or a row in it is wrong.</exception>
    public static PackageContent Read(byte[] file, string? password)
    {
        if (file.Length > PackageLimits.FileBytes) throw PackageLimits.TooLarge($"a package has at most {PackageLimits.FileBytes} bytes");
        if (!OwnPackageFile.Is(file)) return PackageReader.Read(RequireObject(LegacyPackageFile.Read(file, password)), null);
        var (manifest, codeOf) = OwnPackageFile.Read(file, password);
        RequireObject(manifest);
        if (manifest.TryGetProperty("format", out var format) && format.ValueKind == JsonValueKind.String && format.ValueEquals(Format))
        {
            if (manifest.TryGetProperty("version", out var version) && version.ValueKind == JsonValueKind.Number && version.TryGetInt32(out var number) && number == Version)
                return PackageReader.Read(manifest, codeOf);
            throw PackageRow.Refused("version", $"this program reads version {Version} of the format; use a newer program");
        }

        throw PackageLimits.Unreadable();
    }

    private static JsonElement RequireObject(JsonElement root) => root.ValueKind == JsonValueKind.Object ? root : throw PackageLimits.Unreadable();

    private static JsonObject Of(PackageScriptSet set, bool withAll)
    {
        var row = new JsonObject { ["id"] = set.Id, ["title"] = set.Title, ["description"] = set.Description };
        if (withAll) row["requirements"] = set.Requirements;
        return row;
    }

    private static JsonObject Of(PackageScript script) => new()
    {
        ["id"] = script.Id,
        ["scriptSetId"] = script.ScriptSetId,
        ["title"] = script.Title,
        ["description"] = script.Description,
        ["publishVersion"] = script.PublishVersion,
        ["type"] = "python",
    };

    private static JsonArray Rows(IEnumerable<JsonObject> rows) => [.. rows];

    private static byte[] Utf8(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString(PackageJson.Options));
}
