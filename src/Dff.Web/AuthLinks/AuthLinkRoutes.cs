using Dff.Abstractions.AuthLinks;
using Dff.Abstractions.EnvVariables;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.ManyJobs;
using Dff.Abstractions.Scripts;
using Dff.Storage;
using Dff.Storage.AuthLinks;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.ManyJobs;
using Dff.Web.Users;

namespace Dff.Web.AuthLinks;

/// <summary>Auth links, which the later generation calls sync APIs: the same records under both names.</summary>
public sealed class AuthLinkRoutes(IGrainFactory grains, AuthLinkRepository links, ManyChanges many)
{
    private const string Prefix = "auln";

    public IEnumerable<ApiRoute> All => [.. Of("auth-links", "Auth links", "auth link"), .. Of("sync-apis", "Sync APIs", "sync API")];

    private IEnumerable<ApiRoute> Of(string path, string tag, string what)
    {
        var one = what.StartsWith('a') ? $"an {what}" : $"a {what}";
        return
        [
            new("GET", $"/api/v1/{path}/do/list", tag, ListAsync) { Tag = tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(AuthLinkRow), IsList = true, Query = new(AuthLinkFields.Filters) },
            new("POST", $"/api/v1/{path}/do/add", $"Adds {one} to a published function", AddAsync)
            {
                Tag = tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer), Body = new(Field.Object("data", AuthLinkFields.New).Required()),
            },
            new("POST", $"/api/v1/{path}/{{id}}/do/modify", $"Changes {one}", ModifyAsync)
            {
                Tag = tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer), Body = new(Field.Object("data", AuthLinkFields.Changed).Required()),
            },
            new("GET", $"/api/v1/{path}/{{id}}/do/delete", $"Deletes {one}", DeleteAsync) { Tag = tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer) },
            new("POST", $"/api/v1/{path}/do/add-many", $"Adds many {what}s", AddManyAsync)
            {
                Tag = tag, Privilege = Privileges.GeneralWrite, Answer = typeof(ManyAnswer), Body = ManyChanges.ArrayOf(AuthLinkFields.New), Description = ManyChanges.Promise,
            },
            new("POST", $"/api/v1/{path}/do/modify-many", $"Changes all {what}s that the query names", ModifyManyAsync)
            {
                Tag = tag, Privilege = Privileges.GeneralWrite, IsQueryStrict = true, Answer = typeof(ManyAnswer), Query = new(AuthLinkFields.Filters),
                Body = new(Field.Object("data", AuthLinkFields.Changed).Required()), Description = ManyChanges.Promise,
            },
            new("GET", $"/api/v1/{path}/do/delete-many", $"Deletes all {what}s that the query names", DeleteManyAsync)
            {
                Tag = tag, Privilege = Privileges.GeneralWrite, IsQueryStrict = true, Answer = typeof(ManyAnswer), Query = new(AuthLinkFields.Filters), Description = ManyChanges.Promise,
            },
        ];
    }

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        await many.MarkAsync(context, ManyJobKind.AuthLink);
        return ListRequest.Answer(context, query, await links.ListAsync(query, context.Aborted));
    }

    private async Task<ApiAnswer> AddAsync(ApiContext context)
    {
        var id = IdOf(context.Data.TextOf("id"), "data.id");
        await RequireNoShadowAsync(id, "data.id", context.Aborted);
        await grains.GetGrain<IAuthLinkGrain>(id).AddAsync(AuthLinkFields.Read(context.Data, "data"));
        return ApiAnswer.Of(new IdAnswer(id));
    }

    private async Task<ApiAnswer> ModifyAsync(ApiContext context)
    {
        await grains.GetGrain<IAuthLinkGrain>(context.Id).ModifyAsync(AuthLinkFields.Read(context.Data, "data"));
        return ApiAnswer.Of(new IdAnswer(context.Id));
    }

    private async Task<ApiAnswer> DeleteAsync(ApiContext context)
    {
        await grains.GetGrain<IAuthLinkGrain>(context.Id).DeleteAsync();
        return ApiAnswer.Of(new IdAnswer(context.Id));
    }

    private async Task<ApiAnswer> AddManyAsync(ApiContext context)
    {
        var steps = new List<ManyStep>();
        foreach (var (index, data) in context.Data.EnumerateArray().Index())
        {
            var id = IdOf(data.TextOf("id"), $"data[{index}].id");
            await RequireNoShadowAsync(id, $"data[{index}].id", context.Aborted);
            steps.Add(new ManyStep(id, AuthLinkFields.Read(data, $"data[{index}]")));
        }

        ManyChanges.RequireApart([.. steps.Select(step => step.Id)], $"{Prefix}-");
        return await RunManyAsync(ManyOperation.Add, steps);
    }

    private async Task<ApiAnswer> ModifyManyAsync(ApiContext context)
    {
        var change = AuthLinkFields.Read(context.Data, "data");
        return await RunManyAsync(ManyOperation.Modify, [.. (await MatchingAsync(context)).Select(id => new ManyStep(id, change))]);
    }

    private async Task<ApiAnswer> DeleteManyAsync(ApiContext context) =>
        await RunManyAsync(ManyOperation.Delete, [.. (await MatchingAsync(context)).Select(id => new ManyStep(id, null))]);

    private async Task<ApiAnswer> RunManyAsync(ManyOperation operation, IReadOnlyList<ManyStep> steps)
    {
        var running = many.RunAsync(ManyJobKind.AuthLink, operation, steps);
        await DataErrors.NamingAsync(running);
        return await running;
    }

    private async Task<IEnumerable<string>> MatchingAsync(ApiContext context)
    {
        ManyChanges.RequireFilter(context);
        return (await links.ListAsync(ListRequest.Read(context, isPaged: false), context.Aborted)).Rows.Select(row => row.Id);
    }

    private static string IdOf(string? given, string field) => string.IsNullOrEmpty(given) ? ShortId.New(Prefix) : EnvVariableIds.Require(given, field);

    private async Task RequireNoShadowAsync(string id, string field, CancellationToken cancellationToken)
    {
        if (PrefixedId.Shadow($"{Prefix}-", id) is { } other && await links.FindAsync(other, cancellationToken) is not null)
            throw new DffException(ErrorReason.ClientDuplicated, $"{field}: {id} would hide the auth link {other}", new { field, id = other });
    }
}
