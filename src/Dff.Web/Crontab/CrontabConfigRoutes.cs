using Dff.Abstractions.Crontab;
using Dff.Abstractions.EnvVariables;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.ManyJobs;
using Dff.Abstractions.Scripts;
using Dff.Storage;
using Dff.Storage.Crontab;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.ManyJobs;
using Dff.Web.Users;

namespace Dff.Web.Crontab;

/// <summary>Crontab configs, which the later generation calls cron jobs: the same records under both names.</summary>
public sealed class CrontabConfigRoutes(IGrainFactory grains, CrontabConfigRepository configs, ManyChanges many)
{
    internal const string Tag = "Crontab configs";
    internal const string LaterTag = "Cron jobs";

    private const string Prefix = "cron";

    private static readonly Field WithCount = Field.Boolean("_withTaskInfoCount").Saying("true answers taskInfoCount and skipCount");

    public IEnumerable<ApiRoute> All => [.. Of("crontab-configs", Tag, "crontab config", new CrontabFields("crontab")), .. Of("cron-jobs", LaterTag, "cron job", new CrontabFields("cronExpr"))];

    private IEnumerable<ApiRoute> Of(string path, string tag, string what, CrontabFields fields) =>
    [
        new("GET", $"/api/v1/{path}/do/list", tag, ListAsync)
        {
            Tag = tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(CrontabConfigRow), IsList = true, Query = new([WithCount, .. fields.Filters]),
        },
        new("POST", $"/api/v1/{path}/do/add", "Lets a published function run at the moments of a crontab expression", context => AddAsync(context, fields))
        {
            Tag = tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer), Body = new(Field.Object("data", fields.New).Required()),
        },
        new("POST", $"/api/v1/{path}/{{id}}/do/modify", $"Changes a {what}; moments until now are handled as it was", context => ModifyAsync(context, fields))
        {
            Tag = tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer), Body = new(Field.Object("data", fields.Changed).Required()),
        },
        new("GET", $"/api/v1/{path}/{{id}}/do/delete", $"Deletes a {what} with its skip records; runs that have begun go on", DeleteAsync)
        {
            Tag = tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer),
        },
        new("POST", $"/api/v1/{path}/do/add-many", $"Adds many {what}s", context => AddManyAsync(context, fields))
        {
            Tag = tag, Privilege = Privileges.GeneralWrite, Answer = typeof(ManyAnswer), Body = ManyChanges.ArrayOf(fields.New), Description = ManyChanges.Promise,
        },
        new("POST", $"/api/v1/{path}/do/modify-many", $"Changes all {what}s that the query names", context => ModifyManyAsync(context, fields))
        {
            Tag = tag, Privilege = Privileges.GeneralWrite, IsQueryStrict = true, Answer = typeof(ManyAnswer), Query = new(fields.Filters),
            Body = new(Field.Object("data", fields.Changed).Required()), Description = ManyChanges.Promise,
        },
        new("GET", $"/api/v1/{path}/do/delete-many", $"Deletes all {what}s that the query names", DeleteManyAsync)
        {
            Tag = tag, Privilege = Privileges.GeneralWrite, IsQueryStrict = true, Answer = typeof(ManyAnswer), Query = new(fields.Filters), Description = ManyChanges.Promise,
        },
    ];

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        await many.MarkAsync(context, ManyJobKind.CrontabConfig);
        return ListRequest.Answer(context, query, await configs.ListAsync(query, context.Flag("_withTaskInfoCount"), context.Aborted));
    }

    private async Task<ApiAnswer> AddAsync(ApiContext context, CrontabFields fields)
    {
        var id = IdOf(context.Data.TextOf("id"), "data.id");
        await NamingAsync(grains.GetGrain<ICrontabConfigGrain>(id).AddAsync(fields.Read(context.Data, "data")), fields);
        return ApiAnswer.Of(new IdAnswer(id));
    }

    private async Task<ApiAnswer> ModifyAsync(ApiContext context, CrontabFields fields)
    {
        await NamingAsync(grains.GetGrain<ICrontabConfigGrain>(context.Id).ModifyAsync(fields.Read(context.Data, "data")), fields);
        return ApiAnswer.Of(new IdAnswer(context.Id));
    }

    private async Task<ApiAnswer> DeleteAsync(ApiContext context)
    {
        await grains.GetGrain<ICrontabConfigGrain>(context.Id).DeleteAsync();
        return ApiAnswer.Of(new IdAnswer(context.Id));
    }

    private async Task<ApiAnswer> AddManyAsync(ApiContext context, CrontabFields fields)
    {
        var steps = context.Data.EnumerateArray().Select((data, index) => new ManyStep(IdOf(data.TextOf("id"), $"data[{index}].id"), fields.Read(data, $"data[{index}]"))).ToList();
        ManyChanges.RequireApart([.. steps.Select(step => step.Id)], prefix: null);
        return await RunManyAsync(ManyOperation.Add, steps, fields);
    }

    private async Task<ApiAnswer> ModifyManyAsync(ApiContext context, CrontabFields fields)
    {
        var change = fields.Read(context.Data, "data");
        return await RunManyAsync(ManyOperation.Modify, [.. (await MatchingAsync(context)).Select(id => new ManyStep(id, change))], fields);
    }

    private async Task<ApiAnswer> DeleteManyAsync(ApiContext context) =>
        await many.RunAsync(ManyJobKind.CrontabConfig, ManyOperation.Delete, [.. (await MatchingAsync(context)).Select(id => new ManyStep(id, null))]);

    private async Task<ApiAnswer> RunManyAsync(ManyOperation operation, IReadOnlyList<ManyStep> steps, CrontabFields fields)
    {
        var running = many.RunAsync(ManyJobKind.CrontabConfig, operation, steps);
        await NamingAsync(running, fields);
        return await running;
    }

    private async Task<IEnumerable<string>> MatchingAsync(ApiContext context)
    {
        ManyChanges.RequireFilter(context);
        return (await configs.ListAsync(ListRequest.Read(context, isPaged: false), withCounts: false, context.Aborted)).Rows.Select(row => row.Id);
    }

    private static Task NamingAsync(Task change, CrontabFields fields) => DataErrors.NamingAsync(change, CrontabFields.Expression, fields.Name);

    private static string IdOf(string? given, string field) => string.IsNullOrEmpty(given) ? ShortId.New(Prefix) : EnvVariableIds.Require(given, field);
}
