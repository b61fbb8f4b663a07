using Dff.Abstractions.AuthLinks;
using Dff.Abstractions.Batches;
using Dff.Abstractions.Crontab;
using Dff.Abstractions.ManyJobs;

namespace Dff.Grains.ManyJobs;

/// <summary>The records of one kind, as jobs change them.</summary>
/// <param name="Describe">A change that makes the record what it is; null: there is none.</param>
/// <param name="Probe">Throws what adding or changing would, and changes nothing.</param>
internal sealed record ManyTarget(
    Func<string, Task<object?>> Describe,
    Func<string, object, bool, Task> Probe,
    Func<string, object, Task> Add,
    Func<string, object, Task> Modify,
    Func<string, Task> Delete,
    Func<object, string, object> WithJob,
    Func<object, string?> JobOf)
{
    public static ManyTarget Of(string kind, IGrainFactory grains) => kind switch
    {
        ManyJobKind.AuthLink => new ManyTarget(
            async id => await grains.GetGrain<IAuthLinkGrain>(id).DescribeAsync(),
            (id, change, isNew) => grains.GetGrain<IAuthLinkGrain>(id).ProbeAsync((AuthLinkChange)change, isNew),
            (id, change) => grains.GetGrain<IAuthLinkGrain>(id).AddAsync((AuthLinkChange)change),
            (id, change) => grains.GetGrain<IAuthLinkGrain>(id).ModifyAsync((AuthLinkChange)change),
            id => grains.GetGrain<IAuthLinkGrain>(id).DeleteAsync(),
            (change, job) => (AuthLinkChange)change with { JobId = job },
            change => ((AuthLinkChange)change).JobId),
        ManyJobKind.Batch => new ManyTarget(
            async id => await grains.GetGrain<IBatchGrain>(id).DescribeAsync(),
            (id, change, isNew) => grains.GetGrain<IBatchGrain>(id).ProbeAsync((BatchChange)change, isNew),
            (id, change) => grains.GetGrain<IBatchGrain>(id).AddAsync((BatchChange)change),
            (id, change) => grains.GetGrain<IBatchGrain>(id).ModifyAsync((BatchChange)change),
            id => grains.GetGrain<IBatchGrain>(id).DeleteAsync(),
            (change, job) => (BatchChange)change with { JobId = job },
            change => ((BatchChange)change).JobId),
        ManyJobKind.CrontabConfig => new ManyTarget(
            async id => await grains.GetGrain<ICrontabConfigGrain>(id).DescribeAsync(),
            (id, change, isNew) => grains.GetGrain<ICrontabConfigGrain>(id).ProbeAsync((CrontabConfigChange)change, isNew),
            (id, change) => grains.GetGrain<ICrontabConfigGrain>(id).AddAsync((CrontabConfigChange)change),
            (id, change) => grains.GetGrain<ICrontabConfigGrain>(id).ModifyAsync((CrontabConfigChange)change),
            id => grains.GetGrain<ICrontabConfigGrain>(id).DeleteAsync(),
            (change, job) => (CrontabConfigChange)change with { JobId = job },
            change => ((CrontabConfigChange)change).JobId),
        _ => throw new InvalidOperationException($"unknown kind {kind}"),
    };
}
