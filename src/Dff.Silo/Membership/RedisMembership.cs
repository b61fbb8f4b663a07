using Dff.Abstractions.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using StackExchange.Redis;

namespace Dff.Silo.Membership;

internal static class RedisMembership
{
    /// <summary>The silos that meet in one Redis are the members of one cluster.</summary>
    public static void Use(ISiloBuilder silo, StoreSettings store)
    {
        silo.UseRedisClustering(options => options.ConfigurationOptions = new ConfigurationOptions
        {
            EndPoints = { { store.RedisHost!, store.RedisPort } },
            DefaultDatabase = store.RedisDatabase,
            Password = store.RedisPassword,
            AbortOnConnectFail = false,
        });
        var table = silo.Services.Last(service => service.ServiceType == typeof(IMembershipTable));
        silo.Services.Remove(table);
        silo.Services.AddSingleton<MembershipHash>();
        silo.Services.AddSingleton<IMembershipTable>(services => new RememberedMembership(
            (IMembershipTable)table.ImplementationFactory!(services),
            services.GetRequiredService<MembershipHash>(),
            version => RefreshAsync(services.GetRequiredService<IClusterMembershipService>(), new MembershipVersion(version)),
            services.GetRequiredService<ILogger<RememberedMembership>>()));
    }

    private static async Task RefreshAsync(IClusterMembershipService members, MembershipVersion version)
    {
        if (members.CurrentSnapshot.Version < version) await members.Refresh(version);
    }
}
