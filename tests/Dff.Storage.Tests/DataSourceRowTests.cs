using System.Text.Json;
using Dff.Abstractions.DataSources;
using Dff.Abstractions.Scripts;
using Dff.Storage.Changes;
using Dff.Storage.DataSources;
using Dff.Storage.Lists;
using Dff.Storage.Secrets;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;

namespace Dff.Storage.Tests;

/// <summary>Rows of data sources: what is sealed, and what a change leaves alone.</summary>
public abstract class DataSourceRowTests(StoreUnderTest store)
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 28, 12, 0, 0, TimeSpan.Zero));
    private readonly string _id = $"d{Guid.NewGuid():N}"[..16];

    private DataSourceRepository Sources => new(store.Database, new ChangeLog(store.Database, _time), new SecretBox("a secret of the test"), _time);

    [Fact]
    public async Task Secrets_are_sealed_and_opened_with_the_row_they_belong_to()
    {
        await AddAsync("""{"host":"h","password":"canary","meta":{"ü":[1]},"token":"","secretKey":null}""");
        var row = (await Sources.FindAsync(_id, CancellationToken.None))!;

        (row.ConfigJSON.Text, row.SecretFieldsJSON.Text, row.IsBuiltin).Should().Be(("""{"host":"h","meta":{"ü":[1]}}""", """["password"]""", false));
        row.SealedSecrets.Should().NotContain("canary");
        Sources.ConfigOf(row).ToJson().ToJsonString().Should().Contain("canary");
        var moved = () => Sources.ConfigOf(row with { Id = "another" });
        moved.Should().Throw<StoreException>();
        JsonSerializer.Serialize(row).Should().NotContain(row.SealedSecrets!).And.NotContain(row.ConfigVersion);
    }

    [Fact]
    public async Task A_change_touches_what_it_names_and_loses_against_a_newer_configuration()
    {
        await AddAsync("""{"host":"h","password":"p"}""");
        var again = () => AddAsync("{}");
        await again.Should().ThrowAsync<DuplicateKeyException>();
        var before = (await Sources.FindAsync(_id, CancellationToken.None))!;

        (await Sources.ModifyAsync(before, new DataSourceChange { Title = "T", IsPinned = true }, CancellationToken.None)).Should().NotBeNull();
        var titled = (await Sources.FindAsync(_id, CancellationToken.None))!;
        (titled.Title, titled.IsPinned, titled.ConfigVersion, titled.SealedSecrets).Should().Be(("T", true, before.ConfigVersion, before.SealedSecrets));
        var config = Sources.ConfigOf(titled).With(Json("""{"host":"i","password":"","user":"u"}"""));
        (await Sources.ModifyAsync(titled, new DataSourceChange { Config = config, Title = new Change<string>(true, null) }, CancellationToken.None)).Should().NotBeNull();
        (await Sources.ModifyAsync(titled, new DataSourceChange { Config = config }, CancellationToken.None)).Should().BeNull("its configuration is another one now");

        var changed = (await Sources.FindAsync(_id, CancellationToken.None))!;
        (changed.Title, changed.ConfigVersion == before.ConfigVersion).Should().Be((null, false));
        Sources.ConfigOf(changed).ToJson().ToJsonString().Should().Be("""{"host":"i","user":"u","password":"p"}""");
        Sources.ConfigOf(changed).With(Json("""{"password":null,"user":null}""")).ToJson().ToJsonString().Should().Be("""{"host":"i"}""");
    }

    [Fact]
    public async Task What_scripts_save_takes_the_place_of_what_was_there_but_not_of_what_is_built_in()
    {
        (await SaveAsync("redis", """{"host":"h","password":"p"}""")).Should().NotBeNull();
        (await SaveAsync("mysql", """{"host":"i"}""")).Should().NotBeNull();
        var row = (await Sources.FindAsync(_id, CancellationToken.None))!;
        (row.Type, row.SealedSecrets, row.SecretFieldsJSON.Text).Should().Be(("mysql", null, "[]"));
        (await Sources.DeleteAsync(_id, CancellationToken.None)).Should().NotBeNull();
        (await Sources.DeleteAsync(_id, CancellationToken.None)).Should().BeNull();

        await Sources.AddAsync(new NewDataSource(_id, "redis", DataSourceConfig.Empty.With(Json("""{"host":"b"}"""))) { IsBuiltin = true }, CancellationToken.None);
        (await SaveAsync("mysql", """{"host":"i"}""")).Should().BeNull();
        (await Sources.DeleteAsync(_id, CancellationToken.None)).Should().BeNull();
        (await Sources.FindAsync(_id, CancellationToken.None))!.ConfigJSON.Text.Should().Be("""{"host":"b"}""");
    }

    [Fact]
    public async Task Lists_filter_by_type_and_IDs_compare_exactly()
    {
        await AddAsync("""{"host":"h"}""");
        (await Sources.FindAsync(_id.ToUpperInvariant(), CancellationToken.None)).Should().BeNull();
        var found = await Sources.ListAsync(
            ListQuery.All with { Filters = [new ListFilter("type", ["mysql", "redis"]), new ListFilter("id", [_id])], Fuzzy = _id.ToUpperInvariant() }, CancellationToken.None);
        found.Rows.Select(row => row.Id).Should().Equal(_id);
        (await Sources.ListAsync(ListQuery.All with { Filters = [new ListFilter("type", ["mysql"]), new ListFilter("id", [_id])] }, CancellationToken.None)).Rows.Should().BeEmpty();
    }

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);

    private Task<long> AddAsync(string config) => Sources.AddAsync(new NewDataSource(_id, "redis", DataSourceConfig.Empty.With(Json(config))), CancellationToken.None);

    private Task<long?> SaveAsync(string type, string config) => Sources.SaveAsync(new NewDataSource(_id, type, DataSourceConfig.Empty.With(Json(config))), CancellationToken.None);

    public sealed class OnSqlite(SqliteStore store) : DataSourceRowTests(store);

    public sealed class OnMariaDb(MariaDbStore store) : DataSourceRowTests(store);
}
