using System.Text.Json.Serialization;
using Dff.Storage;

namespace Dff.Web.Functions;

/// <param name="Count">Functions that have it.</param>
public sealed record FuncTag(string Id, string Name, int Count);

/// <summary>What everybody may know of an auth link or a batch.</summary>
/// <param name="ApiType">syncAPI or asyncAPI.</param>
/// <param name="FuncCallKwargsJSON">The arguments that the caller gives; values that are fixed are left out.</param>
/// <param name="NeedsAuth">Callers must prove who they are.</param>
public sealed record FuncApiDoc(string ApiType, string Id, string Url, string FuncId, RawJson FuncCallKwargsJSON, bool NeedsAuth)
{
    [JsonPropertyName("func_name")] public string? FuncName { get; init; }

    [JsonPropertyName("func_title")] public string? FuncTitle { get; init; }

    [JsonPropertyName("func_description")] public string? FuncDescription { get; init; }

    [JsonPropertyName("func_definition")] public string? FuncDefinition { get; init; }

    [JsonPropertyName("func_category")] public string? FuncCategory { get; init; }

    [JsonPropertyName("func_tagsJSON")] public RawJson? FuncTagsJSON { get; init; }

    [JsonPropertyName("scpt_id")] public string? ScptId { get; init; }

    [JsonPropertyName("scpt_title")] public string? ScptTitle { get; init; }

    [JsonPropertyName("sset_id")] public string? SsetId { get; init; }

    [JsonPropertyName("sset_title")] public string? SsetTitle { get; init; }
}
