using System.Net;
using Dff.Abstractions.Configuration;

namespace Dff.Silo.Configuration;

/// <summary>What a single property's annotation cannot say.</summary>
internal static class ConfigurationRules
{
    public static void Check(NodeOptions node, StoreSettings store, WebOptions web, WorkerOptions worker, RecordOptions records)
    {
        if (store.IsMySql && string.IsNullOrEmpty(node.Secret))
            throw new ConfigurationException("SECRET: must be given when MYSQL_HOST is set, and be the same on every node (or name a file with DFF_SECRET_FILE)");
        if (store.IsCluster && !store.IsMySql)
            throw new ConfigurationException("REDIS_HOST: a cluster needs MYSQL_HOST as well, because the embedded store serves one node only");
        if (node.SiloAddress is { } address && !IPAddress.TryParse(address, out _))
            throw new ConfigurationException($"SILO_ADDRESS: '{address}' is not an IP address");
        if (!IPAddress.TryParse(web.Bind, out _))
            throw new ConfigurationException($"WEB_BIND: '{web.Bind}' is not an IP address; 0.0.0.0 listens on all");
        if (node.TimeZone is { } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
            throw new ConfigurationException($"TIMEZONE: '{zone}' is not a known time zone; an IANA name like Asia/Shanghai is expected");
        foreach (var proxy in web.TrustedProxies.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!IPNetwork.TryParse(proxy, out _))
                throw new ConfigurationException($"WEB_TRUSTED_PROXIES: '{proxy}' is not a network like 10.0.0.0/8");
        }

        CheckQueues(node, worker);
        Require(RunTimeKeys.RowLimits, () => LimitedTables.Require(records.RowLimits));
    }

    private static void Require(string key, Action check)
    {
        try
        {
            check();
        }
        catch (FormatException error)
        {
            throw new ConfigurationException($"{key}: {error.Message}");
        }
    }

    private static void CheckQueues(NodeOptions node, WorkerOptions worker)
    {
        Require("WORKER_QUEUES", () => worker.ServedBy(node));
        Require(RunTimeKeys.ConcurrencyByQueue, () => RunTimeKeys.RequireConcurrency(worker.ConcurrencyByQueue, worker.QueueCount));
        foreach (var (alias, queue) in worker.QueueAliases)
        {
            if (queue < 1 || queue >= worker.QueueCount)
                throw new ConfigurationException($"WORKER_QUEUE_ALIAS_MAP: {alias}: {queue} is not a queue 1–{worker.QueueCount - 1}");
        }

        foreach (var (key, queue) in new[]
        {
            ("_FUNC_TASK_DEFAULT_QUEUE", worker.DefaultQueue), ("_FUNC_TASK_DEBUG_QUEUE", worker.DebugQueue),
            ("_FUNC_TASK_CRONTAB_QUEUE", worker.CrontabQueue), ("_FUNC_TASK_ASYNC_QUEUE", worker.AsyncQueue),
        })
        {
            if (queue >= worker.QueueCount) throw new ConfigurationException($"{key}: {queue} is not a queue 0–{worker.QueueCount - 1}");
        }

        if (worker.MinTimeout > worker.MaxTimeout || worker.DefaultTimeout < worker.MinTimeout || worker.DefaultTimeout > worker.MaxTimeout)
            throw new ConfigurationException("_FUNC_TASK_DEFAULT_TIMEOUT: must lie between _FUNC_TASK_MIN_TIMEOUT and _FUNC_TASK_MAX_TIMEOUT");
        if (worker.MinApiTimeout > worker.MaxApiTimeout || worker.DefaultApiTimeout < worker.MinApiTimeout || worker.DefaultApiTimeout > worker.MaxApiTimeout)
            throw new ConfigurationException("_FUNC_TASK_DEFAULT_API_TIMEOUT: must lie between _FUNC_TASK_MIN_API_TIMEOUT and _FUNC_TASK_MAX_API_TIMEOUT");
    }
}
