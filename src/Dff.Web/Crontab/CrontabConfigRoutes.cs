using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Abstractions.Crontab;
using Dff.Abstractions.EnvVariables;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Scripts;
using Dff.Storage;
using Dff.Storage.Crontab;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.Users;

namespace Dff.Web.Crontab;

public sealed class CrontabConfigRoutes(IGrainFactory grains, CrontabConfigRepository configs)
{
    internal const string Tag = "Crontab configs";

    private const string Prefix = "cron";
    private const int LongestGrace = 366 * 86400;

    private static readonly Field[] Changeable =
    [
        Field.String("crontab", 256).OrNull().Saying("Five fields (minute hour day month weekday) or a macro like @hourly; null where the function has a fixed_crontab, which overrides it"),
        Field.String("timezone", 64).OrNull().Saying("IANA name like Asia/Shanghai; null: the default zone (TIMEZONE at the first set-up)"),
        Field.Enum("misfirePolicy", [.. CrontabNames.MisfirePolicies]).Saying("Of moments that nobody handled in time: once runs the latest (default), all up to 100, skip none"),
        Field.Integer("misfireGraceSeconds", 0, LongestGrace).Saying("How late such a moment may still run, 3600 by default"),
        Field.Enum("overlapPolicy", [.. CrontabNames.OverlapPolicies]).Saying("While an earlier run has not finished: skip leaves the moment out (default), allow runs beside it, queue runs after it"),
        Field.String("expireTime", 64).OrNull().Saying("ISO 8601; from this moment on nothing runs"),
        Field.String("scope", 255, 1).Saying("One config of the same function, arguments, expression and zone in each"),
        Field.Boolean("isDisabled").OrNull(), Field.Boolean("saveResult").OrNull().Saying("true keeps results as long as the tasks, false for _WORKER_RESULT_EXPIRES"),
        Field.String("note", 65535).OrNull(), Field.Array("tagsJSON", Field.String("tag", 64)).OrNull(),
        Field.Integer("taskRecordLimit", 0, 10000).OrNull().Saying("Finished tasks that are kept; null: as many as the system keeps"),
    ];

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/crontab-configs/do/list", "Crontab configs", ListAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(CrontabConfigRow), IsList = true,
            Query = new(
                Field.Boolean("_withTaskInfoCount").Saying("true answers taskInfoCount and skipCount"), Field.String("id"), Field.String("funcId"), Field.CommaArray("tags"), Field.String("scope"),
                Field.CommaArray("origin"), Field.String("func_scriptSetId"), Field.String("func_scriptId"), Field.CommaArray("func_tags"), Field.String("originId")),
        },
        new("POST", "/api/v1/crontab-configs/do/add", "Lets a published function run at the moments of a crontab expression", AddAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer),
            Body = new(Field.Object(
                "data",
                [
                    Field.String("id", 64).OrNull(), Field.String("funcId", 256).Required(),
                    Field.Object("funcCallKwargsJSON").Required().Saying("Argument → value; all that the function requires"), Field.Enum("origin", "API", "UI"), .. Changeable,
                ]).Required()),
        },
        new("POST", "/api/v1/crontab-configs/{id}/do/modify", "Changes a crontab config; moments until now are handled as it was", ModifyAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer),
            Body = new(Field.Object("data", [Field.String("funcId", 256), Field.Object("funcCallKwargsJSON"), .. Changeable]).Required()),
        },
        new("GET", "/api/v1/crontab-configs/{id}/do/delete", "Deletes a crontab config with its skip records; runs that have begun go on", DeleteAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer),
        },
    ];

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        return ListRequest.Answer(context, query, await configs.ListAsync(query, context.Query("_withTaskInfoCount") is "true" or "1", context.Aborted));
    }

    private async Task<ApiAnswer> AddAsync(ApiContext context)
    {
        var id = context.Data.TextOf("id") is { Length: > 0 } given ? EnvVariableIds.Require(given, "data.id") : ShortId.New(Prefix);
        await NamingDataAsync(grains.GetGrain<ICrontabConfigGrain>(id).AddAsync(Change(context.Data)));
        return ApiAnswer.Of(new IdAnswer(id));
    }

    private async Task<ApiAnswer> ModifyAsync(ApiContext context)
    {
        await NamingDataAsync(grains.GetGrain<ICrontabConfigGrain>(context.Id).ModifyAsync(Change(context.Data)));
        return ApiAnswer.Of(new IdAnswer(context.Id));
    }

    private async Task<ApiAnswer> DeleteAsync(ApiContext context)
    {
        await grains.GetGrain<ICrontabConfigGrain>(context.Id).DeleteAsync();
        return ApiAnswer.Of(new IdAnswer(context.Id));
    }

    /// <summary>Expressions and zones are read where nobody knows of the request: their errors name the bare field.</summary>
    private static async Task NamingDataAsync(Task change)
    {
        try
        {
            await change;
        }
        catch (DffException error) when (error.DetailJson is { } json && JsonNode.Parse(json) is JsonObject detail && (string?)detail["field"] is "crontab" or "timezone")
        {
            var field = $"data.{JsonNode.Parse(json)!["field"]}";
            var named = JsonNode.Parse(json)!.AsObject();
            named["field"] = field;
            throw new DffException(error.Reason, $"{field}: {error.Message}", named);
        }
    }

    private static CrontabConfigChange Change(JsonElement data) => new()
    {
        FuncId = data.TextChange("funcId"),
        FuncCallKwargsJson = data.TryGetProperty("funcCallKwargsJSON", out var kwargs) ? CanonicalJson.Of(Encoding.UTF8.GetBytes(kwargs.GetRawText())) : default(Change<string>),
        Crontab = data.TextChange("crontab"),
        Timezone = data.TextChange("timezone"),
        Misfire = data.TextOf("misfirePolicy") is { } misfire ? CrontabNames.Parse<MisfirePolicy>(misfire) : default(Change<MisfirePolicy>),
        MisfireGraceSeconds = data.NumberOf("misfireGraceSeconds") is { } grace ? grace : default(Change<int>),
        Overlap = data.TextOf("overlapPolicy") is { } overlap ? CrontabNames.Parse<OverlapPolicy>(overlap) : default(Change<OverlapPolicy>),
        ExpireTime = Time(data, "expireTime"),
        Scope = data.TextChange("scope"),
        Origin = data.TextOf("origin") is { } origin ? origin : default(Change<string>),
        IsDisabled = data.FlagChange("isDisabled"),
        SaveResult = data.FlagChange("saveResult"),
        Note = data.TextChange("note"),
        TagsJson = data.JsonChange("tagsJSON"),
        TaskRecordLimit = data.NumberChange("taskRecordLimit"),
    };

    private static Change<DateTimeOffset?> Time(JsonElement data, string field)
    {
        if (!data.TryGetProperty(field, out var value)) return default;
        if (value.GetString() is not { Length: > 0 } text) return new Change<DateTimeOffset?>(true, null);
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time.Year is >= 1970 and < 9999
            ? new Change<DateTimeOffset?>(true, time.ToUniversalTime())
            : throw DffException.BadRequest($"data.{field}", $"data.{field}: a time like 2030-01-31T12:00:00Z is expected");
    }
}
