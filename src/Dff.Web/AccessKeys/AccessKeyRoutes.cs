using System.Security.Cryptography;
using System.Text.Json;
using Dff.Abstractions.Caching;
using Dff.Abstractions.Errors;
using Dff.Storage;
using Dff.Storage.AccessKeys;
using Dff.Storage.Lists;
using Dff.Storage.Secrets;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.Users;
using Dff.Web.Webhooks;
using Microsoft.Extensions.DependencyInjection;

namespace Dff.Web.AccessKeys;

/// <summary>Access keys. Everybody sees their own; the role sa sees all.</summary>
public sealed class AccessKeyRoutes(AccessKeyRepository keys, SecretBox box, WebhookSender sender, IChangeFeed changes, IServiceProvider services)
{
    private const string Tag = "Access keys";
    private const string SecretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const int SecretLength = 40;

    private static readonly Field[] Fields =
    [
        Field.String("name", 256).OrNull(), Field.String("title", 256).OrNull().Saying("The same as name"),
        Field.String("webhookURL", 2000).OrNull().Saying("http or https"),
        Field.String("webhookEvents", 4000).OrNull().Saying("Comma-separated, like scripts.publish; scripts.* is all of scripts, * all"),
        Field.Boolean("allowWebhookEcho").OrNull().Saying("test-webhook shows what the receiver answered"),
    ];

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/access-keys/do/list", "Access keys", ListAsync)
        {
            Tag = Tag, Access = Access.Session, Privilege = Privileges.AccessKeyRead, IsQueryStrict = true, Answer = typeof(AccessKeyRow), IsList = true,
            Query = new(Field.CommaArray("id"), Field.String("name"), Field.String("title")),
        },
        new("GET", "/api/v1/access-keys/{id}/do/get", "An access key, without its secret", GetAsync)
        {
            Tag = Tag, Access = Access.Session, Privilege = Privileges.AccessKeyRead, Answer = typeof(AccessKeyRow), Query = new(ListFields.Picking, ListFields.Kicking),
        },
        new("POST", "/api/v1/access-keys/do/add", "Makes an access key, and answers its secret this once", AddAsync)
        {
            Tag = Tag, Access = Access.Session, Privilege = Privileges.AccessKeyWrite, Answer = typeof(NewAccessKey), Body = new(Field.Object("data", Fields).Required()),
            Description = "The key acts with the privileges of the user who makes it. name or title is required.",
        },
        new("POST", "/api/v1/access-keys/{id}/do/modify", "Changes label and webhook of an access key", ModifyAsync)
        {
            Tag = Tag, Access = Access.Session, Privilege = Privileges.AccessKeyWrite, Answer = typeof(IdAnswer), Body = new(Field.Object("data", Fields).Required()),
        },
        new("GET", "/api/v1/access-keys/{id}/do/delete", "Deletes an access key; refused on every node when it answers", DeleteAsync)
        {
            Tag = Tag, Access = Access.Session, Privilege = Privileges.AccessKeyWrite, Answer = typeof(IdAnswer),
        },
        new("GET", "/api/v1/access-keys/{id}/do/test-webhook", "Sends the event test to the webhook, once and at once", TestWebhookAsync)
        {
            Tag = Tag, Access = Access.Session, Privilege = Privileges.AccessKeyRead, Answer = typeof(WebhookTest),
        },
    ];

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        if (!SeesAll(context)) query = query with { Filters = [.. query.Filters, new ListFilter("userId", [context.User!.Id])] };
        return ListRequest.Answer(context, query, await keys.ListAsync(query, context.Aborted));
    }

    private async Task<ApiAnswer> GetAsync(ApiContext context) => ApiAnswer.Of(ListRequest.PickedRow(context, await RequireAsync(context)));

    private async Task<ApiAnswer> AddAsync(ApiContext context)
    {
        var id = ShortId.New("ak");
        var secret = RandomNumberGenerator.GetString(SecretAlphabet, SecretLength);
        var key = Changed(new AccessKeyRow { Id = id, UserId = context.User!.Id, SealedSecret = box.Seal(secret, AccessKeyRow.PlaceOf(id)) }, context.Data);
        if (key.Name.Length == 0) throw DffException.BadRequest("data.name", "data.name: name or title is required");
        await changes.AnnounceAsync(await keys.AddAsync(key, context.Aborted), context.Aborted);
        return ApiAnswer.Of(new NewAccessKey(id, secret));
    }

    private async Task<ApiAnswer> ModifyAsync(ApiContext context)
    {
        var key = Changed(await RequireAsync(context), context.Data);
        if (key.Name.Length == 0) throw DffException.BadRequest("data.name", "data.name: the label cannot be empty");
        await AnnounceAsync(context, await keys.ModifyAsync(key, context.Aborted));
        return ApiAnswer.Of(new IdAnswer(key.Id));
    }

    private async Task<ApiAnswer> DeleteAsync(ApiContext context)
    {
        var key = await RequireAsync(context);
        await AnnounceAsync(context, await keys.DeleteAsync(key.Id, context.Aborted));
        return ApiAnswer.Of(new IdAnswer(key.Id));
    }

    private async Task<ApiAnswer> TestWebhookAsync(ApiContext context)
    {
        var key = await RequireAsync(context);
        if (key.WebhookUrl is null) throw DffException.Condition("NoWebhook", "This access key has no webhookURL to try");
        return ApiAnswer.Of(await sender.TestAsync(key, context.User!.Username, context.Aborted));
    }

    private async Task<AccessKeyRow> RequireAsync(ApiContext context)
    {
        var key = await keys.FindAsync(context.Id, context.Aborted);
        return key is not null && (SeesAll(context) || key.UserId == context.User!.Id) ? key : throw DffException.NotFound("access key", context.Id);
    }

    private async Task AnnounceAsync(ApiContext context, long? sequence) =>
        await changes.AnnounceAsync(sequence ?? throw DffException.NotFound("access key", context.Id), context.Aborted);

    private static bool SeesAll(ApiContext context) => context.User!.Roles.Contains(Roles.SuperAdmin);

    private AccessKeyRow Changed(AccessKeyRow key, JsonElement data)
    {
        var (url, events) = (data.TextChange("webhookURL").Or(key.WebhookUrl), data.TextChange("webhookEvents").Or(key.WebhookEvents));
        return key with
        {
            Name = (data.TextOf("name") is { Length: > 0 } name ? name : data.TextOf("title"))?.Trim() ?? key.Name,
            WebhookUrl = string.IsNullOrWhiteSpace(url) ? null : RequireUsable(url.Trim()),
            WebhookEvents = string.IsNullOrWhiteSpace(events) ? null : RequireKnown(events),
            AllowWebhookEcho = data.FlagOf("allowWebhookEcho") ?? key.AllowWebhookEcho,
        };
    }

    private static string RequireUsable(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || (parsed.Scheme != Uri.UriSchemeHttp && parsed.Scheme != Uri.UriSchemeHttps))
            throw DffException.BadRequest("data.webhookURL", "data.webhookURL: a URL that begins with http:// or https:// is expected");
        if (parsed.UserInfo.Length > 0)
            throw DffException.BadRequest("data.webhookURL", "data.webhookURL: a name or password in the URL is not accepted; the receiver knows us by the signature");
        return url;
    }

    /// <summary>The table of routes has these routes in it, so it is asked for only when it is needed.</summary>
    private string RequireKnown(string events)
    {
        var known = WebhookEvents.Of(services.GetRequiredService<RouteTable>().All);
        var wanted = Privileges.List(events);
        foreach (var pattern in wanted)
        {
            if (!known.Any(name => WebhookEvents.Matches(pattern, name)))
                throw DffException.BadRequest("data.webhookEvents", $"data.webhookEvents: no event is called {pattern}; known are {string.Join(", ", known)}");
        }

        return string.Join(',', wanted);
    }
}
