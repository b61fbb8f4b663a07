using Dff.Storage.Connections;
using Orleans.Hosting;
using Orleans.Serialization;
using Orleans.Storage;

namespace Dff.Silo.Hosting;

/// <summary>Grain states and reminders in the database of the system.</summary>
public static class OrleansStore
{
    public static void Use(ISiloBuilder silo, StoreDatabase database)
    {
        silo.AddAdoNetGrainStorageAsDefault(options => options.Configure<Serializer>((storage, serializer) =>
        {
            storage.Invariant = database.Options.Invariant;
            storage.DataSource = database.GrainDataSource;
            // Fields by number: states of an older version stay readable, and code stays as small as it is.
            storage.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer);
        }));
        silo.UseAdoNetReminderService(options =>
        {
            options.Invariant = database.Options.Invariant;
            options.DataSource = database.GrainDataSource;
        });
    }
}
