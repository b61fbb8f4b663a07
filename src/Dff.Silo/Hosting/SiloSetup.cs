using System.Net;
using System.Net.Sockets;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Functions;
using Dff.Grains.AutoRun;
using Dff.Grains.Caching;
using Dff.Grains.Functions;
using Dff.Grains.GrainStates;
using Dff.Grains.Tasks;
using Dff.Silo.Membership;
using Dff.Storage.Connections;
using Orleans.Configuration;
using Orleans.Dashboard;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace Dff.Silo.Hosting;

/// <summary>The Orleans side: store, membership, placement.</summary>
internal static class SiloSetup
{
    private const string ClusterName = "dff";
    private const int LargestMessage = 512 * 1024 * 1024;

    public static void Configure(WebApplicationBuilder builder, NodeOptions node, StoreSettings store, WorkerOptions worker, StoreDatabase database)
    {
        var served = ServedQueues.Format(worker.ServedBy(node));
        builder.Host.UseOrleans(silo =>
        {
            silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (ClusterName, ClusterName));
            if (store.IsCluster) JoinCluster(silo, node, store);
            else silo.UseLocalhostClustering(node.SiloPort, node.GatewayPort, serviceId: ClusterName, clusterId: ClusterName);
            silo.Configure<SiloMessagingOptions>(options => options.MaxMessageBodySize = LargestMessage);
            silo.Configure<ClientMessagingOptions>(options => options.MaxMessageBodySize = LargestMessage);
            OrleansStore.Use(silo, database);
            silo.UseSiloMetadata(new Dictionary<string, string> { [ServedQueues.MetadataKey] = served, [OnSchedulersDirector.MetadataKey] = node.Roles });
            silo.AddFunctionWorkerPlacement();
            silo.AddQueuePlacement();
            silo.AddDashboard(_ => { });
            silo.Services.AddSingleton<IConfigureGrainContextProvider>(services => services.GetRequiredService<LiveGrains>());
            silo.Services.AddGrainService<SiloChanges>();
            silo.Services.AddSingleton<SiloChangesClient>();
            silo.Services.AddGrainService<SiloResultFiles>();
            silo.Services.AddSingleton<SiloResultFilesClient>();
            silo.Services.AddGrainService<TaskPumpService>();
            silo.Services.AddSingleton<TaskPumpsClient>().AddSingleton<TaskRun>().AddSingleton<TaskPumps>();
            silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<TaskPumps>());
            silo.Services.AddSingleton<AutoRunService>().AddHostedService(services => services.GetRequiredService<AutoRunService>());
            silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<AutoRunService>());
            silo.Services.AddSingleton<SiloWatch>();
            silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<SiloWatch>());
            silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, PartsLifecycle>();
        });
    }

    private static void JoinCluster(ISiloBuilder silo, NodeOptions node, StoreSettings store)
    {
        RedisMembership.Use(silo, store);
        silo.Configure<ClusterMembershipOptions>(options =>
        {
            // A silo that misses three probes in a row is voted dead: its grains move after some 10 s.
            options.ProbeTimeout = TimeSpan.FromSeconds(3);
            // After a crash of all silos their entries are stale 20 s later (90 s by default); until then a starting silo waits for them.
            (options.IAmAliveTablePublishTimeout, options.NumMissedTableIAmAliveLimit) = (TimeSpan.FromSeconds(5), 4);
        });
        var address = node.SiloAddress is { } given ? IPAddress.Parse(given) : FirstAddress();
        silo.ConfigureEndpoints(address, node.SiloPort, node.GatewayPort, listenOnAnyHostAddress: false);
    }

    private static IPAddress FirstAddress() =>
        Dns.GetHostAddresses(Dns.GetHostName(), AddressFamily.InterNetwork).FirstOrDefault(address => !IPAddress.IsLoopback(address)) ?? IPAddress.Loopback;
}
