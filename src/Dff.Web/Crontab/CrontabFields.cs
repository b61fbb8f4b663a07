using System.Text;
using System.Text.Json;
using Dff.Abstractions.Crontab;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Scripts;
using Dff.Storage.Crontab;
using Dff.Web.Api;
using Dff.Web.Contracts;

namespace Dff.Web.Crontab;

/// <summary>The fields of a crontab config in requests.</summary>
/// <param name="expression">What requests call the expression: <c>crontab</c>, or <c>cronExpr</c> in the later generation.</param>
internal sealed class CrontabFields(string expression)
{
    /// <summary>The name of the expression in the record.</summary>
    public const string Expression = "crontab";

    private const int LongestGrace = 366 * 86400;

    private readonly Field[] _changeable =
    [
        Field.String(expression, 256).OrNull().Saying("Five fields (minute hour day month weekday) or a macro like @hourly; null where the function has a fixed_crontab, which overrides it"),
        Field.String("timezone", 64).OrNull().Saying("IANA name like Asia/Shanghai; null: the default zone (TIMEZONE at the first set-up)"),
        Field.Enum("misfirePolicy", [.. CrontabNames.MisfirePolicies]).Saying("Of moments that nobody handled in time: once runs the latest (default), all up to 100, skip none"),
        Field.Integer("misfireGraceSeconds", 0, LongestGrace).Saying("How late such a moment may still run, 3600 by default"),
        Field.Enum("overlapPolicy", [.. CrontabNames.OverlapPolicies]).Saying("While an earlier run has not finished: skip leaves the moment out (default), allow runs beside it, queue runs after it"),
        Field.String("expireTime", 64).OrNull().Saying("ISO 8601; from this moment on nothing runs"),
        expression == Expression ? Scope : Scope.OrNull(),
        Field.Boolean("isDisabled").OrNull(), Field.Boolean("saveResult").OrNull().Saying("true keeps results as long as the tasks, false for _WORKER_RESULT_EXPIRES"),
        Field.String("note", 65535).OrNull(), Field.Array("tagsJSON", Field.String("tag", 64)).OrNull(),
        Field.Integer("taskRecordLimit", 0, 10000).OrNull().Saying("Finished tasks that are kept; null: as many as the system keeps"),
    ];

    private static Field Scope => Field.String("scope", 255, 1).Saying("One config of the same function, arguments, expression and zone in each; GLOBAL by default");

    public string Name => expression;

    public Field[] New =>
    [
        Field.String("id", 64).OrNull(), Field.String("funcId", 256).Required(),
        Field.Object("funcCallKwargsJSON").Required().Saying("Argument → value; all that the function requires"), Field.Enum("origin", "API", "UI"), .. _changeable,
    ];

    public Field[] Changed => [Field.String("funcId", 256), Field.Object("funcCallKwargsJSON"), .. _changeable];

    /// <summary>Scopes may hold commas, and the older generation takes one of them.</summary>
    public Field[] Filters =>
    [
        Field.CommaArray("id"), Field.CommaArray("funcId"), Field.CommaArray("tags"), expression == Expression ? Field.String("scope") : Field.CommaArray("scope"), Field.CommaArray("origin"),
        Field.String("originId"), Field.CommaArray("func_scriptSetId"), Field.CommaArray("func_scriptId"), Field.CommaArray("func_tags"),
    ];

    /// <param name="path">Of the object in the request, for errors.</param>
    public CrontabConfigChange Read(JsonElement data, string path) => new()
    {
        FuncId = data.TextChange("funcId"),
        FuncCallKwargsJson = data.TryGetProperty("funcCallKwargsJSON", out var kwargs) ? CanonicalJson.Of(Encoding.UTF8.GetBytes(kwargs.GetRawText())) : default(Change<string>),
        Crontab = data.TextChange(expression),
        Timezone = data.TextChange("timezone"),
        Misfire = data.TextOf("misfirePolicy") is { } misfire ? CrontabNames.Parse<MisfirePolicy>(misfire) : default(Change<MisfirePolicy>),
        MisfireGraceSeconds = data.NumberOf("misfireGraceSeconds") is { } grace ? grace : default(Change<int>),
        Overlap = data.TextOf("overlapPolicy") is { } overlap ? CrontabNames.Parse<OverlapPolicy>(overlap) : default(Change<OverlapPolicy>),
        ExpireTime = data.TimeChange("expireTime", path),
        Scope = data.TextChange("scope") is { IsSet: true, Value: null } ? "GLOBAL" : data.TextChange("scope"),
        Origin = data.TextOf("origin") is { } origin ? origin : default(Change<string>),
        IsDisabled = data.FlagChange("isDisabled"),
        SaveResult = data.FlagChange("saveResult"),
        Note = data.TextChange("note"),
        TagsJson = data.JsonChange("tagsJSON"),
        TaskRecordLimit = data.NumberChange("taskRecordLimit"),
    };
}
