using System.Text.Json;
using Dff.Abstractions.Batches;
using Dff.Abstractions.Scripts;
using Dff.Web.Api;
using Dff.Web.Contracts;

namespace Dff.Web.Batches;

/// <summary>The fields of a batch in requests.</summary>
internal static class BatchFields
{
    private static readonly Field[] Changeable =
    [
        Field.Array("tagsJSON", Field.String("tag", 64)).OrNull(), Field.Boolean("showInDoc").OrNull(), Field.Boolean("isDisabled").OrNull(), Field.String("note", 65535).OrNull(),
        Field.String("apiAuthId", 64).OrNull().Saying("How callers prove who they are (api-auth); null: they need not"), Field.Integer("taskRecordLimit", 0, 10000).OrNull(),
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

    public static Field WithCount { get; } = Field.Boolean("_withTaskInfoCount").Saying("true adds taskInfoCount: how many tasks of the batch there are");

    public static BatchChange Read(JsonElement data) => new()
    {
        ApiAuthId = data.NameChange("apiAuthId"),
        FuncId = data.TextChange("funcId"),
        FuncCallKwargsJson = data.JsonChange("funcCallKwargsJSON"),
        TagsJson = data.JsonChange("tagsJSON"),
        Origin = data.TextOf("origin") is { } origin ? origin : default(Change<string>),
        ShowInDoc = data.FlagChange("showInDoc"),
        IsDisabled = data.FlagChange("isDisabled"),
        Note = data.TextChange("note"),
        TaskRecordLimit = data.NumberChange("taskRecordLimit"),
    };
}
