using System.Net;
using Dff.Abstractions.AuthLinks;
using Dff.Abstractions.Batches;
using Dff.Abstractions.Caching;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Monitoring;
using Dff.Abstractions.Packages;
using Dff.Abstractions.Scripts;
using Dff.Grains.AuthLinks;
using Dff.Grains.AutoRun;
using Dff.Grains.Batches;
using Dff.Grains.Caching;
using Dff.Grains.Clustering;
using Dff.Grains.Crontab;
using Dff.Grains.DataSources;
using Dff.Grains.EnvVariables;
using Dff.Grains.FuncCaches;
using Dff.Grains.Functions;
using Dff.Grains.GrainStates;
using Dff.Grains.Monitoring;
using Dff.Grains.Packages;
using Dff.Grains.Packages.Parts;
using Dff.Grains.Reconciliation;
using Dff.Grains.Records;
using Dff.Grains.Scripts;
using Dff.Grains.SystemConfigs;
using Dff.Python;
using Dff.Silo.Configuration;
using Dff.Silo.Secrets;
using Dff.Storage;
using Dff.Storage.AccessKeys;
using Dff.Storage.ApiAuths;
using Dff.Storage.AuthLinks;
using Dff.Storage.Batches;
using Dff.Storage.Changes;
using Dff.Storage.Connections;
using Dff.Storage.Crontab;
using Dff.Storage.DataSources;
using Dff.Storage.EnvVariables;
using Dff.Storage.FuncStore;
using Dff.Storage.GrainStates;
using Dff.Storage.ManyJobs;
using Dff.Storage.Migrations;
using Dff.Storage.Operations;
using Dff.Storage.Overview;
using Dff.Storage.Packages;
using Dff.Storage.Reconciliation;
using Dff.Storage.Records;
using Dff.Storage.Scripts;
using Dff.Storage.Secrets;
using Dff.Storage.SystemConfigs;
using Dff.Storage.Tasks;
using Dff.Storage.Users;
using Dff.Web;
using Dff.Web.Health;
using Dff.Web.Setup;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Dff.Silo.Hosting;

/// <summary>One node: puts the parts together and runs them until it is told to stop.</summary>
internal static class Node
{
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(75);

    public static async Task<int> RunAsync(ConfigurationReader configuration, bool mayMigrate)
    {
        var (node, store, web, worker) = (configuration.Get<NodeOptions>(), configuration.Get<StoreSettings>(), configuration.Get<WebOptions>(), configuration.Get<WorkerOptions>());
        ProcessProtection.Apply();
        var extraPackages = Path.GetFullPath(worker.ExtraPackagesDirectory ?? Path.Combine(node.DataDirectory, "extra-python-packages"));
        var resources = Path.Combine(node.DataDirectory, "resources");
        var streams = Path.GetFullPath(Path.Combine(node.DataDirectory, "results"));
        using var directory = DataDirectory.Open(node.DataDirectory, extraPackages, resources);
        // What the last run has left of answers that it was writing.
        if (Directory.Exists(streams)) Directory.Delete(streams, recursive: true);
        var secret = SecretKeeper.Obtain(node);
        await using var database = new StoreDatabase(StoreSetup.Of(node, store));
        await new Migrator(database).RunAsync(mayMigrate, CancellationToken.None);
        await using var owner = store.IsMySql && !store.IsCluster ? await SingleOwner.TakeAsync(database, CancellationToken.None) : null;
        var box = await SecretKeeper.UnlockAsync(secret, node, database, CancellationToken.None);

        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Clear();
        Logging.Configure(builder, node);
        AddParts(builder.Services, configuration, database, box);
        builder.Services.AddSingleton(new PythonEngineOptions
        {
            Executable = worker.PythonExecutable,
            RunDirectory = Path.Combine(Path.GetTempPath(), $"dff-{Environment.ProcessId}"),
            DataDirectory = node.DataDirectory,
            ExtraPackagesDirectory = extraPackages,
            ResourcesDirectory = resources,
            HiddenPaths = configuration.SecretFiles,
            Concurrency = worker.Concurrency,
            ConcurrencyByQueue = worker.ConcurrencyByQueue,
            MaxCallsPerProcess = worker.MaxTasksPerChild,
            MaxWaiting = worker.MaxWaiting,
            ExtraTimeoutToKill = TimeSpan.FromSeconds(worker.ExtraTimeoutToKill),
            MemoryLimitMb = worker.MemoryLimitMb,
            MaxResultBytes = worker.ResultMaxBytes,
            StreamDirectory = streams,
            MaxStreamBytes = worker.LargeResultMaxBytes,
            QueueCount = worker.QueueCount,
            QueueAliases = worker.QueueAliases,
            Isolate = worker.Isolation == "auto",
        });
        SiloSetup.Configure(builder, node, store, worker, database);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownLimit);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Parse(web.Bind), web.Port);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = Math.Max(web.MaxBodyBytes, web.MaxUploadBytes);
            kestrel.Limits.MaxRequestLineSize = 64 * 1024;
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(240, TimeSpan.FromSeconds(10));
        });

        await using var app = builder.Build();
        Subscribe(app.Services);
        app.UseDffWeb();
        if (node.HasRole("web")) app.MapDashboard();
        try
        {
            await app.StartAsync();
        }
        catch (IOException error) when (error.Message.Contains("address already in use", StringComparison.OrdinalIgnoreCase))
        {
            throw new Commands.StartRefusedException($"WEB_PORT: {web.Bind}:{web.Port} is in use; choose another one with DFF_WEB_PORT");
        }

        Announcement.Print(app.Services, web, await FirstStart.RunAsync(app.Services, node));
        await app.WaitForShutdownAsync();
        return 0;
    }

    /// <summary>Everything but the engine's options and Orleans.</summary>
    public static void AddParts(IServiceCollection services, ConfigurationReader configuration, StoreDatabase database, SecretBox box)
    {
        services.AddSingleton(configuration.Get<NodeOptions>()).AddSingleton(configuration.Get<StoreSettings>());
        services.AddSingleton(configuration.Get<WebOptions>()).AddSingleton(configuration.Get<WorkerOptions>()).AddSingleton(configuration.Get<RecordOptions>()).AddSingleton(configuration.Get<DataSourceOptions>()).AddSingleton(configuration.Custom);
        services.AddSingleton(TimeProvider.System).AddSingleton(ProgramVersion.Current);
        services.AddSingleton(new ResourceDirectory(Path.GetFullPath(Path.Combine(configuration.Get<NodeOptions>().DataDirectory, "resources"))));
        services.AddSingleton(database).AddSingleton<ChangeLog>().AddSingleton<MetaRepository>();
        services.AddSingleton<ScriptSetRepository>().AddSingleton<ScriptRepository>().AddSingleton<PublishHistoryRepository>().AddSingleton<FuncRepository>().AddSingleton<AuthLinkRepository>();
        services.AddSingleton<EnvVariableRepository>().AddSingleton<UserRepository>().AddSingleton<SessionRepository>().AddSingleton<FuncStoreRepository>();
        services.AddSingleton(box).AddSingleton<AccessKeyRepository>().AddSingleton<ApiAuthRepository>().AddSingleton<NonceLedger>().AddSingleton<OperationRecordRepository>();
        services.AddSingleton<DataSourceRepository>().AddSingleton<DataSourceHost>();
        services.AddSingleton<BatchRepository>().AddSingleton<IBatchCache, BatchCache>();
        services.AddSingleton<CrontabConfigRepository>().AddSingleton<CrontabRunRepository>().AddSingleton<DefaultTimeZone>();
        services.AddSingleton<CrontabWatch>().AddHostedService(provider => provider.GetRequiredService<CrontabWatch>());
        services.AddSingleton<SystemConfigRepository>().AddSingleton<RunTimeSettings>().AddSingleton<OldestSilo>();
        services.AddSingleton<TaskTrimRepository>().AddHostedService<RecordCleaner>();
        services.AddSingleton<ScriptRecordRepository>().AddSingleton<SlowApiRepository>().AddSingleton<TaskMonitorRepository>().AddSingleton<OverviewRepository>().AddSingleton<TaskRecordRepository>();
        services.AddSingleton(new NodeIdentity(ProgramVersion.Current.Number, ProgramVersion.Current.Commit, configuration.Masked()));
        services.AddSingleton<SystemSampler>().AddHostedService(provider => provider.GetRequiredService<SystemSampler>()).AddSingleton<INodeMonitor, NodeMonitor>();
        services.AddSingleton<ScriptRecorder>().AddHostedService(provider => provider.GetRequiredService<ScriptRecorder>());
        services.AddSingleton<AutoRunRepository>().AddSingleton<AutoRunner>();
        services.AddSingleton<ReconcileRepository>().AddSingleton<ManyJobRepository>().AddSingleton<TaskRepository>();
        services.AddSingleton(new ChangeFeedOptions(configuration.Get<StoreSettings>().IsCluster));
        services.AddSingleton<ChangeFeed>().AddSingleton<IChangeFeed>(provider => provider.GetRequiredService<ChangeFeed>());
        services.AddSingleton<PublishedCode>().AddSingleton<PublishCheck>();
        services.AddSingleton<FunctionCatalog>().AddSingleton<IFunctionCatalog>(provider => provider.GetRequiredService<FunctionCatalog>());
        services.AddSingleton<IAuthLinkCache, AuthLinkCache>().AddSingleton<EnvVariableHost>().AddSingleton<FuncStoreHost>().AddSingleton<FuncCacheMemory>().AddSingleton<FuncCacheHost>();
        services.AddSingleton<ResultFiles>().AddSingleton<IResultFiles>(provider => provider.GetRequiredService<ResultFiles>());
        services.AddSingleton<CallerRules>().AddSingleton<FunctionRunner>().AddSingleton<FunctionStarter>().AddSingleton<IPythonHost, ScriptHost>().AddSingleton<IPythonEngine, PythonEngine>();
        services.AddSingleton(new SetupToken(System.Security.Cryptography.RandomNumberGenerator.GetHexString(24, lowercase: true)));
        services.AddSingleton(new Surroundings(
            configuration.Get<StoreSettings>().IsMySql ? "mysql" : "sqlite", configuration.Get<StoreSettings>().IsCluster ? "redis" : "single node"));
        services.AddSingleton<NodeReadiness>().AddSingleton<IReadiness>(provider => provider.GetRequiredService<NodeReadiness>());
        services.AddSingleton<GrainStateRows>().AddSingleton<StateStore>().AddSingleton<LiveGrains>();
        services.AddSingleton<StoredContent>().AddSingleton<PackageHistoryRepository>().AddSingleton<PendingImportRepository>().AddSingleton<RecoverPointRepository>();
        services.AddSingleton<ImportedApiAuth>().AddSingleton<IPackagePart, EnvVariablePart>().AddSingleton<IPackagePart, DataSourcePart>();
        services.AddSingleton<IPackagePart, AuthLinkPart>().AddSingleton<IPackagePart, BatchPart>().AddSingleton<IPackagePart, CrontabConfigPart>();
        services.AddSingleton<StoreEditor>().AddSingleton<RecoverPoints>().AddSingleton<IRecoverPoints>(provider => provider.GetRequiredService<RecoverPoints>());
        services.AddSingleton<IScriptSetCloner, ScriptSetCloner>().AddSingleton<IPackageExporter, PackageExporter>().AddSingleton<IPackageImporter, PackageImporter>();
        services.AddSingleton<ImportFollowUps>().AddHostedService<ImportFollowUpService>();
        services.AddSingleton<Reconciler>().AddHostedService(provider => provider.GetRequiredService<Reconciler>());
        services.AddDffWeb();
    }

    /// <summary>Everything that remembers must listen before the silo begins.</summary>
    private static void Subscribe(IServiceProvider services)
    {
        var feed = services.GetRequiredService<IChangeFeed>();
        feed.Subscribe(ChangeKind.Script, services.GetRequiredService<PublishedCode>());
        feed.Subscribe(ChangeKind.Script, services.GetRequiredService<FunctionCatalog>());
        feed.Subscribe(ChangeKind.Script, services.GetRequiredService<CrontabWatch>());
        feed.Subscribe(ChangeKind.GrainState, services.GetRequiredService<LiveGrains>());
        feed.Subscribe(ChangeKind.SystemConfig, services.GetRequiredService<RunTimeSettings>());
        services.GetRequiredService<IAuthLinkCache>();
        services.GetRequiredService<IBatchCache>();
        services.GetRequiredService<EnvVariableHost>();
        services.GetRequiredService<DataSourceHost>();
        services.GetRequiredService<Web.Users.Sessions>();
        services.GetRequiredService<Web.AccessKeys.KnownAccessKeys>();
        services.GetRequiredService<Web.ApiAuths.KnownApiAuths>();
        services.GetRequiredService<Web.Webhooks.WebhookSubscriptions>();
    }
}
