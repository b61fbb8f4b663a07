using System.Text.Json;
using Dff.Abstractions.AuthLinks;
using Dff.Abstractions.Scripts;
using Dff.Web.Api;
using Dff.Web.Contracts;

namespace Dff.Web.AuthLinks;

/// <summary>The fields of an auth link in requests.</summary>
internal static class AuthLinkFields
{
    private static readonly Field[] Changeable =
    [
        Field.String("expireTime", 64).OrNull().Saying("ISO 8601"),
        Field.Object(
            "throttlingJSON",
            Field.Integer("bySecond", 1, int.MaxValue).OrNull(), Field.Integer("byMinute", 1, int.MaxValue).OrNull(), Field.Integer("byHour", 1, int.MaxValue).OrNull(),
            Field.Integer("byDay", 1, int.MaxValue).OrNull(), Field.Integer("byMonth", 1, int.MaxValue).OrNull(), Field.Integer("byYear", 1, int.MaxValue).OrNull()).OrNull(),
        Field.Boolean("showInDoc").OrNull(), Field.Boolean("isDisabled").OrNull(), Field.String("note", 65535).OrNull(),
        Field.Array("tagsJSON", Field.String("tag", 64)).OrNull(), Field.String("apiAuthId", 64).OrNull().Saying("How callers prove who they are (api-auth); null: they need not"), Field.Integer("taskRecordLimit", 0, 10000).OrNull(),
    ];

    public static Field[] New { get; } =
    [
        Field.String("id", 64).OrNull(), Field.String("funcId", 256).Required(),
        Field.Object("funcCallKwargsJSON").Required().Saying("Argument → fixed value, or \"FROM_PARAMETER\" (\"INPUT_BY_CALLER\") for one that the caller gives; \"**kwargs\" so lets any further argument through"),
        Field.Enum("origin", "API", "UI"), .. Changeable,
    ];

    public static Field[] Changed { get; } = [Field.String("funcId", 256), Field.Object("funcCallKwargsJSON"), .. Changeable];

    public static Field[] Filters { get; } =
    [
        Field.CommaArray("id"), Field.CommaArray("funcId"), Field.CommaArray("tags"), Field.CommaArray("origin"), Field.String("originId"), Field.CommaArray("func_scriptSetId"),
        Field.CommaArray("func_scriptId"), Field.CommaArray("func_tags"),
    ];

    /// <param name="path">Of the object in the request, for errors.</param>
    public static AuthLinkChange Read(JsonElement data, string path) => new()
    {
        ApiAuthId = data.NameChange("apiAuthId"),
        FuncId = data.TextChange("funcId"),
        FuncCallKwargsJson = data.JsonChange("funcCallKwargsJSON"),
        ExpireTime = data.TimeChange("expireTime", path),
        Throttling = Limits(data),
        Origin = data.TextOf("origin") is { } origin ? origin : default(Change<string>),
        ShowInDoc = data.FlagChange("showInDoc"),
        IsDisabled = data.FlagChange("isDisabled"),
        Note = data.TextChange("note"),
        TagsJson = data.JsonChange("tagsJSON"),
        TaskRecordLimit = data.NumberChange("taskRecordLimit"),
    };

    private static Change<Throttling> Limits(JsonElement data)
    {
        if (!data.TryGetProperty("throttlingJSON", out var limits)) return default;
        if (limits.ValueKind == JsonValueKind.Null) return new Change<Throttling>(true, null);
        var throttling = new Throttling
        {
            BySecond = limits.NumberOf("bySecond"),
            ByMinute = limits.NumberOf("byMinute"),
            ByHour = limits.NumberOf("byHour"),
            ByDay = limits.NumberOf("byDay"),
            ByMonth = limits.NumberOf("byMonth"),
            ByYear = limits.NumberOf("byYear"),
        };
        return new Change<Throttling>(true, throttling == new Throttling() ? null : throttling);
    }
}
