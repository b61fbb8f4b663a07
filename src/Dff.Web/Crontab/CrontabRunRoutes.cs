using System.Globalization;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Crontab;
using Dff.Abstractions.Errors;
using Dff.Storage.Crontab;
using Dff.Storage.Lists;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Functions;
using Dff.Web.Lists;
using Dff.Web.Users;

namespace Dff.Web.Crontab;

/// <summary>What crontab configs ran, did not run, and will run.</summary>
public sealed class CrontabRunRoutes(IGrainFactory grains, CrontabConfigRepository configs, CrontabRunRepository runs, WebOptions web)
{
    private const int DefaultCount = 10;
    private const int LargestCount = 1000;
    private const int MostRecent = 100;

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/crontab-configs/{id}/next-runs", "The next moments at which a crontab config runs", GetNextRunsAsync)
        {
            Tag = CrontabConfigRoutes.Tag, Privilege = Privileges.GeneralRead, Answer = typeof(CrontabNextRuns),
            Description = "None where it is disabled, and none from its expiry on.",
            Query = new(Field.Integer("count", 1, LargestCount).Saying("10 by default")),
        },
        new("GET", "/api/v1/crontab-configs/{id}/skips", "Scheduled moments at which a crontab config did not run, and why", ListSkipsAsync)
        {
            Tag = CrontabConfigRoutes.Tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(CrontabSkipRow), IsList = true,
            Description = "Consecutive moments with one reason are one record, the latest first; the latest 1000 records are kept.",
            Query = new(Field.CommaArray("reason").Saying("overlap, misfire, expired, disabled, functionMissing")),
        },
        new("GET", "/api/v1/crontab-task-info/do/list", "The runs of crontab configs", ListTaskInfosAsync)
        {
            Tag = CrontabConfigRoutes.Tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(CrontabTaskInfoRow), IsList = true,
            Query = new(
                Field.String("id"), Field.String("crontabConfigId"), Field.String("funcId"), Field.String("func_scriptSetId"), Field.String("func_scriptId"), Field.CommaArray("func_tags")),
        },
        new("GET", "/api/v1/crontab-configs/{id}/recent-triggered/do/list", "The latest runs of a crontab config, at most 100", ListRecentAsync)
        {
            Tag = CrontabConfigRoutes.Tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(IReadOnlyList<CrontabTaskInfoRow>),
        },
        new("GET", "/api/v1/cron-jobs/{id}/recent-triggered/do/list", "The latest runs of a cron job, at most 100", ListRecentAsync)
        {
            Tag = CrontabConfigRoutes.LaterTag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(IReadOnlyList<CrontabTaskInfoRow>),
        },
        new("POST", "/api/v1/cron/{id}", "Runs a crontab config now, whatever its schedule and policies are", RunNowAsync)
        {
            Tag = CrontabConfigRoutes.Tag, Privilege = Privileges.GeneralRead, Body = FieldSet.None, Answer = typeof(CallAnswer),
        },
    ];

    private async Task<ApiAnswer> GetNextRunsAsync(ApiContext context)
    {
        var count = int.TryParse(context.Query("count"), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : DefaultCount;
        return ApiAnswer.Of(await grains.GetGrain<ICrontabConfigGrain>(context.Id).GetNextRunsAsync(count));
    }

    private async Task<ApiAnswer> ListSkipsAsync(ApiContext context)
    {
        await RequireExistsAsync(context);
        var query = ListRequest.Read(context);
        query = query with { Filters = [new ListFilter("crontabConfigId", [context.Id]), .. query.Filters] };
        return ListRequest.Answer(context, query, await runs.ListSkipsAsync(query, context.Aborted));
    }

    private async Task<ApiAnswer> ListTaskInfosAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        return ListRequest.Answer(context, query, await runs.ListTaskInfosAsync(query, context.Aborted));
    }

    private async Task<ApiAnswer> ListRecentAsync(ApiContext context)
    {
        await RequireExistsAsync(context);
        var query = new ListQuery { PageSize = MostRecent, Filters = [new ListFilter("crontabConfigId", [context.Id])] };
        return ApiAnswer.Of((await runs.ListTaskInfosAsync(query, context.Aborted)).Rows);
    }

    private async Task RequireExistsAsync(ApiContext context)
    {
        if (!await configs.ExistsAsync(context.Id, context.Aborted)) throw DffException.NotFound("crontab config", context.Id);
    }

    private async Task<ApiAnswer> RunNowAsync(ApiContext context)
    {
        var taskId = await grains.GetGrain<ICrontabConfigGrain>(context.Id).RunNowAsync();
        return ApiAnswer.Of(new CallAnswer { TaskId = taskId, ResultURL = $"{web.BaseUrl?.TrimEnd('/')}/api/v1/func-result?taskId={Uri.EscapeDataString(taskId)}" });
    }
}
