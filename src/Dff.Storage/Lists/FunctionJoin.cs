using System.Text.Json.Serialization;

namespace Dff.Storage.Lists;

/// <summary>A row with facts of its function, the function's script and set beside it; null where the function is not published any longer.</summary>
public abstract record FunctionJoin
{
    /// <summary>Columns of the tables in <see cref="On"/>.</summary>
    internal const string Columns = """
        f.id AS JoinedFuncId, f.name AS FuncName, f.title AS FuncTitle, f.description AS FuncDescription, f.definition AS FuncDefinition,
        f.argsJSON AS FuncArgsJSON, f.kwargsJSON AS FuncKwargsJSON, f.extraConfigJSON AS FuncExtraConfigJSON, f.category AS FuncCategory, f.integration AS FuncIntegration,
        f.tagsJSON AS FuncTagsJSON, p.id AS ScptId, p.title AS ScptTitle, p.publishVersion AS ScptPublishVersion, s.id AS SsetId, s.title AS SsetTitle
        """;

    [JsonPropertyName("func_id")] public string? JoinedFuncId { get; init; }

    [JsonPropertyName("func_name")] public string? FuncName { get; init; }

    [JsonPropertyName("func_title")] public string? FuncTitle { get; init; }

    [JsonPropertyName("func_description")] public string? FuncDescription { get; init; }

    [JsonPropertyName("func_definition")] public string? FuncDefinition { get; init; }

    [JsonPropertyName("func_argsJSON")] public RawJson? FuncArgsJSON { get; init; }

    [JsonPropertyName("func_kwargsJSON")] public RawJson? FuncKwargsJSON { get; init; }

    [JsonPropertyName("func_extraConfigJSON")] public RawJson? FuncExtraConfigJSON { get; init; }

    [JsonPropertyName("func_category")] public string? FuncCategory { get; init; }

    [JsonPropertyName("func_integration")] public string? FuncIntegration { get; init; }

    [JsonPropertyName("func_tagsJSON")] public RawJson? FuncTagsJSON { get; init; }

    [JsonPropertyName("scpt_id")] public string? ScptId { get; init; }

    [JsonPropertyName("scpt_title")] public string? ScptTitle { get; init; }

    [JsonPropertyName("scpt_publishVersion")] public int? ScptPublishVersion { get; init; }

    [JsonPropertyName("sset_id")] public string? SsetId { get; init; }

    [JsonPropertyName("sset_title")] public string? SsetTitle { get; init; }

    /// <param name="funcId">The column that names the function.</param>
    internal static string On(string funcId) => $"LEFT JOIN func f ON f.id = {funcId} LEFT JOIN script p ON p.id = f.scriptId LEFT JOIN script_set s ON s.id = f.scriptSetId";
}
