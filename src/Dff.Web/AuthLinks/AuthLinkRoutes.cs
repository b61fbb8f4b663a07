using System.Globalization;
using System.Text.Json;
using Dff.Abstractions.AuthLinks;
using Dff.Abstractions.EnvVariables;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Scripts;
using Dff.Storage;
using Dff.Storage.AuthLinks;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.Users;

namespace Dff.Web.AuthLinks;

public sealed class AuthLinkRoutes(IGrainFactory grains, AuthLinkRepository links)
{
    private const string Tag = "Auth links";
    private const string Prefix = "auln";

    private static readonly Field[] Changeable =
    [
        Field.String("expireTime", 64).OrNull().Saying("ISO 8601"),
        Field.Object(
            "throttlingJSON",
            Field.Integer("bySecond", 1, int.MaxValue).OrNull(), Field.Integer("byMinute", 1, int.MaxValue).OrNull(), Field.Integer("byHour", 1, int.MaxValue).OrNull(),
            Field.Integer("byDay", 1, int.MaxValue).OrNull(), Field.Integer("byMonth", 1, int.MaxValue).OrNull(), Field.Integer("byYear", 1, int.MaxValue).OrNull()).OrNull(),
        Field.Boolean("showInDoc").OrNull(), Field.Boolean("isDisabled").OrNull(), Field.String("note", 65535).OrNull(),
        Field.Array("tagsJSON", Field.String("tag", 64)).OrNull(), Field.String("apiAuthId", 64).OrNull(), Field.Integer("taskRecordLimit", 0, 10000).OrNull(),
    ];

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/auth-links/do/list", "Auth links", ListAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(AuthLinkRow), IsList = true,
            Query = new(
                Field.String("id"), Field.String("funcId"), Field.CommaArray("origin"), Field.String("func_scriptSetId"), Field.String("func_scriptId"), Field.CommaArray("func_tags"),
                Field.CommaArray("tags"), Field.String("originId")),
        },
        new("POST", "/api/v1/auth-links/do/add", "Adds an auth link to a published function", AddAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer),
            Body = new(Field.Object(
                "data",
                [
                    Field.String("id", 64).OrNull(), Field.String("funcId", 256).Required(),
                    Field.Object("funcCallKwargsJSON").Required().Saying("Argument → fixed value, or \"FROM_PARAMETER\" for one that the caller gives"),
                    Field.Enum("origin", "API", "UI"), .. Changeable,
                ]).Required()),
        },
        new("POST", "/api/v1/auth-links/{id}/do/modify", "Changes an auth link", ModifyAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer),
            Body = new(Field.Object("data", [Field.String("funcId", 256), Field.Object("funcCallKwargsJSON"), .. Changeable]).Required()),
        },
        new("GET", "/api/v1/auth-links/{id}/do/delete", "Deletes an auth link", DeleteAsync) { Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer) },
    ];

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        return ListRequest.Answer(context, query, await links.ListAsync(query, context.Aborted));
    }

    private async Task<ApiAnswer> AddAsync(ApiContext context)
    {
        var id = context.Data.TextOf("id") is { Length: > 0 } given ? EnvVariableIds.Require(given, "data.id") : ShortId.New(Prefix);
        await RequireNoShadowAsync(id, context.Aborted);
        await grains.GetGrain<IAuthLinkGrain>(id).AddAsync(Change(context));
        return ApiAnswer.Of(new IdAnswer(id));
    }

    private async Task<ApiAnswer> ModifyAsync(ApiContext context)
    {
        await grains.GetGrain<IAuthLinkGrain>(context.Id).ModifyAsync(Change(context));
        return ApiAnswer.Of(new IdAnswer(context.Id));
    }

    private async Task<ApiAnswer> DeleteAsync(ApiContext context)
    {
        await grains.GetGrain<IAuthLinkGrain>(context.Id).DeleteAsync();
        return ApiAnswer.Of(new IdAnswer(context.Id));
    }

    private async Task RequireNoShadowAsync(string id, CancellationToken cancellationToken)
    {
        if (PrefixedId.Shadow($"{Prefix}-", id) is { } other && await links.FindAsync(other, cancellationToken) is not null)
            throw new DffException(ErrorReason.ClientDuplicated, $"data.id: {id} would hide the auth link {other}", new { field = "data.id", id = other });
    }

    private static AuthLinkChange Change(ApiContext context) => new()
    {
        FuncId = context.Data.TextChange("funcId"),
        FuncCallKwargsJson = context.Data.JsonChange("funcCallKwargsJSON"),
        ExpireTime = Time(context.Data, "expireTime"),
        Throttling = Limits(context.Data),
        Origin = context.Data.TextOf("origin") is { } origin ? origin : default(Change<string>),
        ShowInDoc = context.Data.FlagChange("showInDoc"),
        IsDisabled = context.Data.FlagChange("isDisabled"),
        Note = context.Data.TextChange("note"),
        TagsJson = context.Data.JsonChange("tagsJSON"),
        TaskRecordLimit = context.Data.NumberChange("taskRecordLimit"),
    };

    private static Change<DateTimeOffset?> Time(JsonElement data, string field)
    {
        if (!data.TryGetProperty(field, out var value)) return default;
        if (value.GetString() is not { Length: > 0 } text) return new Change<DateTimeOffset?>(true, null);
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time.Year is >= 1970 and < 9999
            ? new Change<DateTimeOffset?>(true, time.ToUniversalTime())
            : throw DffException.BadRequest($"data.{field}", $"data.{field}: a time like 2030-01-31T12:00:00Z is expected");
    }

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
