using Dapper;
using Dff.Silo.Hosting;
using Dff.Storage.Changes;
using Dff.Storage.Connections;
using Dff.Storage.Migrations;
using Dff.Storage.Scripts;
using Dff.Testing;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Storage;

namespace Dff.Storage.Tests;

/// <summary>A store whose states were written while Orleans' provider chose the form of their keys.</summary>
public abstract class TextKeyMigrationTests(StoreUnderTest store)
{
    private const string Uuid = "0123456789ABCDEFfedcba9876543210";

    [Fact]
    public async Task States_under_keys_that_look_like_numbers_or_UUIDs_are_carried_over_to_the_keys_of_their_records()
    {
        await using var database = await store.CreateMigratedAsync();
        await RewindAsync(database);
        var sets = new ScriptSetRepository(database, new ChangeLog(database, TimeProvider.System));
        foreach (var id in new[] { "added", "ABBA", "plain" }) await sets.ProjectAsync(Set(id), CancellationToken.None);
        foreach (var id in new[] { "00FACE", Uuid, "0", "-1f" }) await Rows.ProjectLinkAsync(database, id, 1);
        var states = new (string Name, string Key)[]
        {
            ("script-set", "added"), ("script-set", "ABBA"), ("script-set", "plain"), ("script", "added__a"),
            ("auth-link", "00FACE"), ("auth-link-usage", "00FACE"), ("auth-link", Uuid), ("auth-link", "0"), ("auth-link", "-1f"),
            // No record tells how these are written.
            ("batch", "beef"), ("batch", "ffffffffffffffff"), ("batch", Uuid.ToLowerInvariant()), ("batch", "beef+more"),
        };
        await InSiloAsync(database, OldStore, async storage =>
        {
            foreach (var (name, key) in states) await storage.WriteStateAsync(name, GrainId.Create("any", key), new GrainState<SampleState> { State = new SampleState { Text = $"{name} {key}" } });
            var cleared = new GrainState<SampleState> { State = new SampleState { Text = "cleared" } };
            await storage.WriteStateAsync("batch", GrainId.Create("any", "dead"), cleared);
            await storage.ClearStateAsync("batch", GrainId.Create("any", "dead"), cleared);
        });

        await new Migrator(database).RunAsync(mayMigrate: true, CancellationToken.None);

        await InSiloAsync(database, OrleansStore.Use, async storage =>
        {
            foreach (var (name, key) in states)
            {
                var read = await ReadAsync(storage, name, key);
                (read.RecordExists, read.State?.Text, read.ETag).Should().Be((true, $"{name} {key}", "1"));
            }

            foreach (var key in new[] { "ADDED", "abba", "face", "00face", Uuid.ToUpperInvariant(), "00", "BEEF" })
                foreach (var name in new[] { "script-set", "auth-link", "batch" }) (await ReadAsync(storage, name, key)).RecordExists.Should().BeFalse($"nobody has added {name} {key}");

            var again = await ReadAsync(storage, "batch", "dead");
            again.RecordExists.Should().BeFalse();
            again.State = new SampleState { Text = "second life" };
            await storage.WriteStateAsync("batch", GrainId.Create("any", "dead"), again);
            again.ETag.Should().Be("3", "versions grow over a clear");
        });
        (await database.QueryFirstAsync<long>("SELECT COUNT(*) FROM OrleansStorage", null, CancellationToken.None)).Should().Be(states.Length + 1, "no row is left in its former form");
    }

    /// <summary>As the migration before it left the store: it changes rows only, so taking these back is all there is to it, after those that came later.</summary>
    private static async Task RewindAsync(StoreDatabase database)
    {
        await using var connection = await database.OpenAsync(CancellationToken.None);
        await connection.ExecuteAsync($"DROP INDEX IX_task_failed{(database.IsSqlite ? "" : " ON task")}");
        await connection.ExecuteAsync("ALTER TABLE task DROP COLUMN isFailed");
        (await connection.ExecuteAsync("DELETE FROM schema_changelog WHERE name = 'V15__failed_tasks.sql'")).Should().Be(1);
        await connection.ExecuteAsync("UPDATE OrleansQuery SET QueryText = REPLACE(QueryText, 'SUBSTR(@GrainIdExtensionString, 2)', 'COALESCE(@GrainIdExtensionString, '''')')");
        (await connection.ExecuteAsync("DELETE FROM schema_changelog WHERE name = 'V14__text_keys.sql'")).Should().Be(1);
    }

    private static void OldStore(ISiloBuilder silo, StoreDatabase database) => silo.AddAdoNetGrainStorageAsDefault(options => options.Configure<Serializer>((storage, serializer) =>
    {
        storage.Invariant = database.Options.Invariant;
        storage.DataSource = database.GrainDataSource;
        storage.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer);
    }));

    private static async Task InSiloAsync(StoreDatabase database, Action<ISiloBuilder, StoreDatabase> use, Func<IGrainStorage, Task> work)
    {
        var ports = FreePorts.Take(2);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(ports[0], ports[1], serviceId: "dff", clusterId: "dff");
            use(silo, database);
        });
        using var host = builder.Build();
        await host.StartAsync();
        await work(host.Services.GetRequiredKeyedService<IGrainStorage>("Default"));
        await host.StopAsync();
    }

    private static async Task<GrainState<SampleState>> ReadAsync(IGrainStorage storage, string name, string key)
    {
        var state = new GrainState<SampleState>();
        await storage.ReadStateAsync(name, GrainId.Create("any", key), state);
        return state;
    }

    private static ScriptSetProjection Set(string id) => new() { Id = id, CreateTime = DateTimeOffset.UtcNow, UpdateTime = DateTimeOffset.UtcNow, GrainVersion = 1 };

    public sealed class OnSqlite(SqliteStore store) : TextKeyMigrationTests(store);

    public sealed class OnMariaDb(MariaDbStore store) : TextKeyMigrationTests(store);

    public sealed class OnMariaDbByMySqlData(MariaDbByMySqlDataStore store) : TextKeyMigrationTests(store);
}
