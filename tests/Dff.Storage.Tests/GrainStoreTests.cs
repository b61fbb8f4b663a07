using System.Security.Cryptography;
using Dff.Grains.GrainStates;
using Dff.Silo.Hosting;
using Dff.Storage.Connections;
using Dff.Storage.GrainStates;
using Dff.Storage.Reconciliation;
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

[GenerateSerializer]
public sealed class SampleState
{
    [Id(0)] public string Text { get; set; } = "";
}

/// <summary>Orleans' own providers on our tables.</summary>
public abstract class GrainStoreTests(StoreUnderTest store) : IAsyncLifetime
{
    private IHost? _silo;

    private IGrainStorage Storage => _silo!.Services.GetRequiredKeyedService<IGrainStorage>("Default");

    private IReminderTable Reminders => _silo!.Services.GetRequiredService<IReminderTable>();

    public async ValueTask InitializeAsync()
    {
        var ports = FreePorts.Take(2);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(ports[0], ports[1], serviceId: "dff", clusterId: "dff");
            OrleansStore.Use(silo, store.Database);
        });
        _silo = builder.Build();
        await _silo.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_silo is not null)
        {
            await _silo.StopAsync();
            _silo.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200_000)]
    [InlineData(3_000_000)]
    public async Task A_state_of_any_size_comes_back_as_it_was(int size)
    {
        var (id, text) = (NewId(), RandomNumberGenerator.GetHexString(size));
        await Storage.WriteStateAsync("script", id, new GrainState<SampleState> { State = new SampleState { Text = text } });

        var read = await ReadAsync(id);

        read.RecordExists.Should().BeTrue();
        read.State!.Text.Should().Be(text);
    }

    [Fact]
    public async Task A_write_on_an_old_version_is_refused_and_changes_nothing()
    {
        var id = NewId();
        var first = new GrainState<SampleState> { State = new SampleState { Text = "1" } };
        await Storage.WriteStateAsync("script", id, first);
        var (one, other) = (await ReadAsync(id), await ReadAsync(id));
        one.State!.Text = "2";
        await Storage.WriteStateAsync("script", id, one);
        other.State!.Text = "lost";

        var write = () => Storage.WriteStateAsync("script", id, other);
        var addAgain = () => Storage.WriteStateAsync("script", id, new GrainState<SampleState> { State = new SampleState { Text = "lost too" } });
        var clear = () => Storage.ClearStateAsync("script", id, first);

        await write.Should().ThrowAsync<InconsistentStateException>();
        await addAgain.Should().ThrowAsync<InconsistentStateException>();
        await clear.Should().ThrowAsync<InconsistentStateException>();
        (await ReadAsync(id)).State!.Text.Should().Be("2");
    }

    [Fact]
    public async Task Of_two_first_writes_at_once_one_wins()
    {
        for (var round = 0; round < 10; round++)
        {
            var id = NewId();
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(async writer =>
            {
                try
                {
                    await Storage.WriteStateAsync("script", id, new GrainState<SampleState> { State = new SampleState { Text = $"{writer}" } });
                    return writer;
                }
                catch (InconsistentStateException)
                {
                    return -1;
                }
            }));

            outcomes.Where(outcome => outcome >= 0).Should().ContainSingle().Which.ToString(System.Globalization.CultureInfo.InvariantCulture)
                .Should().Be((await ReadAsync(id)).State!.Text);
        }
    }

    [Fact]
    public async Task Versions_grow_over_a_clear_so_that_rows_of_a_new_life_are_newer()
    {
        var id = NewId();
        var state = new GrainState<SampleState> { State = new SampleState { Text = "first life" } };
        await Storage.WriteStateAsync("script", id, state);
        await Storage.WriteStateAsync("script", id, state);
        await Storage.ClearStateAsync("script", id, state);
        var cleared = await ReadAsync(id);
        cleared.RecordExists.Should().BeFalse();
        cleared.State = new SampleState { Text = "second life" };

        await Storage.WriteStateAsync("script", id, cleared);

        var read = await ReadAsync(id);
        (read.State!.Text, read.ETag).Should().Be(("second life", "4"));
    }

    [Theory]
    [InlineData("script-", "")]
    [InlineData("", "0123456789abcdef")]
    [InlineData("", "0123456789abcdef0123456789ABCDEF")]
    public async Task A_state_that_was_written_past_the_provider_is_read_by_it_and_not_written_over(string prefix, string pattern)
    {
        var states = new StateStore(new GrainStateRows(store.Database), _silo!.Services.GetRequiredService<Serializer>());
        var (known, added) = (GrainId.Create("script", NewHexKey(prefix, pattern)), GrainId.Create("script", NewHexKey(prefix, pattern)));
        await Storage.WriteStateAsync("script", known, new GrainState<SampleState> { State = new SampleState { Text = "by its grain" } });
        var awake = await ReadAsync(known);
        await store.Database.WriteAsync(
            async (connection, transaction) =>
            {
                var stored = await states.LockAsync<SampleState>(connection, transaction, "script", [KeyOf(known), KeyOf(added)]);
                stored.Should().ContainSingle().Which.Value.State!.Text.Should().Be("by its grain");
                var all = await states.LockAllAsync<SampleState>(connection, transaction, "script");
                all[KeyOf(known)].State!.Text.Should().Be("by its grain");
                await states.WriteAsync(connection, transaction, "script", KeyOf(known), new SampleState { Text = "replaced" }, stored[KeyOf(known)].Version);
                return await states.WriteAsync(connection, transaction, "script", KeyOf(added), new SampleState { Text = "added" }, null);
            },
            CancellationToken.None);

        var late = () => Storage.WriteStateAsync("script", known, awake);

        await late.Should().ThrowAsync<InconsistentStateException>();
        (await ReadAsync(known)).State!.Text.Should().Be("replaced");
        var read = await ReadAsync(added);
        (read.State!.Text, read.ETag).Should().Be(("added", "1"));
        read.State.Text = "goes on";
        await Storage.WriteStateAsync("script", added, read);
        await store.Database.WriteAsync(
            (connection, transaction) => states.WriteAsync<SampleState>(connection, transaction, "script", KeyOf(added), null, 2), CancellationToken.None);
        (await ReadAsync(added)).RecordExists.Should().BeFalse();
    }

    [Theory]
    [InlineData("Key", "key")]
    [InlineData("ä", "a")]
    [InlineData("x ", "x")]
    [InlineData("函数", "函教")]
    [InlineData("ß", "ss")]
    public async Task Keys_are_told_apart_character_by_character(string one, string other)
    {
        var prefix = Guid.NewGuid().ToString("N");
        var (first, second) = (GrainId.Create("script", prefix + one), GrainId.Create("script", prefix + other));
        await Storage.WriteStateAsync("script", first, new GrainState<SampleState> { State = new SampleState { Text = "one" } });

        (await ReadAsync(second)).RecordExists.Should().BeFalse();
        await Storage.WriteStateAsync("script", second, new GrainState<SampleState> { State = new SampleState { Text = "other" } });
        (await ReadAsync(first)).State!.Text.Should().Be("one");
    }

    /// <summary>Orleans' provider would take these for one number or one UUID.</summary>
    [Theory]
    [InlineData(7)]
    [InlineData(15)]
    [InlineData(31)]
    public async Task Keys_that_read_as_the_same_number_or_UUID_are_states_of_their_own(int digits)
    {
        var key = $"a{RandomNumberGenerator.GetHexString(digits, lowercase: true)}";
        string[] keys = [key, key.ToUpperInvariant(), $"0{key}", $"00{key}", $"+{key}", $"0+{key}", $"{key}+", $"{key}+{key}", $"={key}", $"=={key}"];
        foreach (var one in keys)
        {
            var id = GrainId.Create("script", one);
            (await ReadAsync(id)).RecordExists.Should().BeFalse($"nobody has written {one}");
            await Storage.WriteStateAsync("script", id, new GrainState<SampleState> { State = new SampleState { Text = one } });
        }

        var cleared = GrainId.Create("script", keys[0]);
        await Storage.ClearStateAsync("script", cleared, await ReadAsync(cleared));

        foreach (var one in keys[1..]) (await ReadAsync(GrainId.Create("script", one))).State!.Text.Should().Be(one);
    }

    [Fact]
    public async Task Many_writes_at_once_all_arrive()
    {
        var ids = Enumerable.Range(0, 200).Select(_ => NewId()).ToList();

        await Task.WhenAll(ids.Select((id, index) => Storage.WriteStateAsync("script", id, new GrainState<SampleState> { State = new SampleState { Text = $"{index}" } })));

        for (var index = 0; index < ids.Count; index++) (await ReadAsync(ids[index])).State!.Text.Should().Be($"{index}");
    }

    [Fact]
    public async Task A_reminder_is_kept_with_its_fractions_and_deleted_by_its_version_only()
    {
        var (id, start) = (GrainId.Create("crontab", NewKey()), new DateTime(2026, 11, 25, 10, 20, 30, 456, DateTimeKind.Utc));
        var entry = new ReminderEntry { GrainId = id, ReminderName = "tick", StartAt = start, Period = TimeSpan.FromMinutes(1.5) };
        var first = (await Reminders.UpsertRow(entry))!;
        var second = (await Reminders.UpsertRow(entry))!;

        second.Should().NotBe(first);
        var read = await Reminders.ReadRow(id, "tick");
        (read!.StartAt, read.Period).Should().Be((start, entry.Period));
        (await Reminders.RemoveRow(id, "tick", first)).Should().BeFalse();
        (await Reminders.RemoveRow(id, "tick", second)).Should().BeTrue();
        (await Reminders.ReadRows(id)).Reminders.Should().BeEmpty();
    }

    [Fact]
    public async Task Ranges_of_reminders_divide_the_ring_without_gap_or_overlap()
    {
        var ids = Enumerable.Range(0, 50).Select(_ => GrainId.Create("ring", NewKey())).ToList();
        foreach (var id in ids) await Reminders.UpsertRow(new ReminderEntry { GrainId = id, ReminderName = "r", StartAt = DateTime.UtcNow, Period = TimeSpan.FromHours(1) });

        var found = new List<GrainId>();
        foreach (var (begin, end) in new[] { (0xC0000000u, 0x20000000u), (0x20000000u, 0x7FFFFFFFu), (0x7FFFFFFFu, 0xC0000000u) })
            found.AddRange((await Reminders.ReadRows(begin, end)).Reminders.Select(reminder => reminder.GrainId).Where(ids.Contains));

        found.Should().BeEquivalentTo(ids);
    }

    [Theory]
    [InlineData("link-", "")]
    [InlineData("", "0123456789abcdef")]
    [InlineData("", "0123456789abcdef0123456789ABCDEF")]
    public async Task Rows_that_are_missing_behind_or_left_over_are_found_and_right_ones_are_not(string prefix, string pattern)
    {
        var (missing, behind, left, right) = (NewHexKey(prefix, pattern), NewHexKey(prefix, pattern), NewHexKey(prefix, pattern), NewHexKey(prefix, pattern));
        foreach (var key in new[] { missing, behind, left, right }) await WriteAsync("auth-link", key);
        await ProjectAsync(behind, 1);
        await WriteAsync("auth-link", behind);
        await ProjectAsync(left, 1);
        await Storage.ClearStateAsync("auth-link", GrainId.Create("auth-link", left), await ReadStateAsync("auth-link", left));
        await ProjectAsync(right, 1);

        var found = (await new ReconcileRepository(store.Database).FindBehindAsync(CancellationToken.None)).Select(entry => entry.Key).ToList();

        found.Should().Contain([missing, behind, left]).And.NotContain(right);
    }

    private static string NewKey() => $"k{Guid.NewGuid():N}";

    private static string NewHexKey(string prefix, string pattern) => prefix + (pattern.Length == 0 ? NewKey() : $"a{RandomNumberGenerator.GetHexString(pattern.Length - 1, lowercase: true)}");

    private static string KeyOf(GrainId id) => id.Key.ToString()!;

    private static GrainId NewId() => GrainId.Create("script", NewKey());

    private async Task<GrainState<SampleState>> ReadAsync(GrainId id)
    {
        var state = new GrainState<SampleState>();
        await Storage.ReadStateAsync("script", id, state);
        return state;
    }

    private async Task<GrainState<SampleState>> ReadStateAsync(string kind, string key)
    {
        var state = new GrainState<SampleState>();
        await Storage.ReadStateAsync(kind, GrainId.Create(kind, key), state);
        return state;
    }

    private async Task WriteAsync(string kind, string key)
    {
        var state = await ReadStateAsync(kind, key);
        state.State ??= new SampleState();
        await Storage.WriteStateAsync(kind, GrainId.Create(kind, key), state);
    }

    private Task ProjectAsync(string key, long version) => Rows.ProjectLinkAsync(store.Database, key, version);

    public sealed class OnSqlite(SqliteStore store) : GrainStoreTests(store);

    public sealed class OnMariaDb(MariaDbStore store) : GrainStoreTests(store);

    public sealed class OnMariaDbByMySqlData(MariaDbByMySqlDataStore store) : GrainStoreTests(store);
}
