using Dff.Storage.Connections;
using Orleans.Hosting;
using Orleans.Providers;
using Orleans.Runtime.Hosting;
using Orleans.Serialization;
using Orleans.Storage;

namespace Dff.Silo.Hosting;

/// <summary>Grain states and reminders in the database of the system.</summary>
public static class OrleansStore
{
    /// <summary>The provider's own name; grains know only what stands before it.</summary>
    private const string Rows = "rows";

    public static void Use(ISiloBuilder silo, StoreDatabase database)
    {
        silo.AddAdoNetGrainStorage(Rows, options => options.Configure<Serializer>((storage, serializer) =>
        {
            storage.Invariant = database.Options.Invariant;
            storage.DataSource = database.GrainDataSource;
            // Fields by number: states of an older version stay readable, and code stays as small as it is.
            storage.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer);
        }));
        silo.Services.AddGrainStorage(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, (services, _) => new TextKeyStorage(services.GetRequiredKeyedService<IGrainStorage>(Rows)));
        silo.UseAdoNetReminderService(options =>
        {
            options.Invariant = database.Options.Invariant;
            options.DataSource = database.GrainDataSource;
        });
    }
}
