using Dff.Storage.AccessKeys;
using Dff.Storage.Changes;
using Dff.Storage.Connections;
using Dff.Storage.Lists;
using Dff.Storage.Operations;
using Dff.Storage.Users;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;

namespace Dff.Storage.Tests;

/// <summary>Rows of users, of nonces and of operation records.</summary>
public abstract class UserRowTests(StoreUnderTest store)
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Of_two_super_administrators_who_put_each_other_out_one_stays()
    {
        await using var database = await store.CreateMigratedAsync();
        var users = await UsersAsync(database);
        await users.AddAsync(new UserRow { Id = "u-2", Username = "b", PasswordHash = "h", Roles = "sa" }, CancellationToken.None);

        async Task<bool> TryAsync(Func<Task> change)
        {
            try
            {
                await change();
                return true;
            }
            catch (LastSuperAdminException)
            {
                return false;
            }
        }

        var done = await Task.WhenAll(
            TryAsync(() => users.ModifyAsync("u-1", user => user with { IsDisabled = true }, null, CancellationToken.None)),
            TryAsync(() => users.DeleteAsync("u-2", _ => { }, CancellationToken.None)));

        done.Count(isDone => isDone).Should().Be(1);
        ((await users.FindAsync("u-1", CancellationToken.None))!.IsDisabled ^ await users.FindAsync("u-2", CancellationToken.None) is null).Should().BeTrue();
        var demote = () => users.ModifyAsync(done[0] ? "u-2" : "u-1", user => user with { Roles = "admin" }, null, CancellationToken.None);
        await demote.Should().ThrowAsync<LastSuperAdminException>();
    }

    [Fact]
    public async Task A_user_is_found_by_the_name_without_regard_to_case_and_to_nothing_else()
    {
        await using var database = await store.CreateMigratedAsync();
        var users = await UsersAsync(database);
        await users.AddAsync(new UserRow { Id = "u-2", Username = "Rene", PasswordHash = "h" }, CancellationToken.None);

        foreach (var name in new[] { "Rene", "rene", "RENE" }) (await users.FindByNameAsync(name, CancellationToken.None))!.Id.Should().Be("u-2");
        foreach (var name in new[] { "René", "Rene ", "Ŕene", "" }) (await users.FindByNameAsync(name, CancellationToken.None)).Should().BeNull($"{name} is another name");
    }

    [Fact]
    public async Task What_a_rule_throws_changes_nothing()
    {
        await using var database = await store.CreateMigratedAsync();
        var users = await UsersAsync(database);

        var change = () => users.ModifyAsync("u-1", _ => throw new InvalidOperationException("no"), null, CancellationToken.None);

        await change.Should().ThrowAsync<InvalidOperationException>();
        (await users.FindAsync("u-1", CancellationToken.None))!.Username.Should().Be("a");
        (await users.ModifyAsync("u-none", user => user, null, CancellationToken.None)).Should().BeNull();
    }

    [Fact]
    public async Task A_deleted_user_takes_sessions_and_keys_along_and_says_so()
    {
        await using var database = await store.CreateMigratedAsync();
        var changes = new ChangeLog(database, _time);
        var (users, keys, sessions) = (await UsersAsync(database), new AccessKeyRepository(database, changes, _time), new SessionRepository(database, changes));
        await users.AddAsync(new UserRow { Id = "u-2", Username = "b", Roles = "user" }, CancellationToken.None);
        await keys.AddAsync(new AccessKeyRow { Id = "ak-1", UserId = "u-2", Name = "n", SealedSecret = "s" }, CancellationToken.None);
        await sessions.AddAsync(new SessionRow { Id = "s-1", TokenHash = "t", UserId = "u-2", CreateTime = _time.GetUtcNow(), LastSeenTime = _time.GetUtcNow(), ExpireTime = _time.GetUtcNow().AddDays(1) }, CancellationToken.None);
        var before = await changes.CurrentAsync(CancellationToken.None);

        await users.DeleteAsync("u-2", _ => { }, CancellationToken.None);

        (await keys.FindAsync("ak-1", CancellationToken.None)).Should().BeNull();
        (await sessions.FindAsync("t", CancellationToken.None)).Should().BeNull();
        (await changes.ReadSinceAsync(before, CancellationToken.None)).Entries.Select(entry => (entry.Kind, entry.EntityKey)).Should().Equal(("user", "u-2"), ("session", "t"), ("accessKey", "ak-1"));
    }

    [Fact]
    public async Task A_nonce_is_taken_once_by_whoever_comes_first_until_it_is_forgotten()
    {
        var key = $"ak-{Guid.NewGuid():N}";
        // Two ledgers are two silos.
        var ledgers = new[] { new NonceLedger(store.Database, _time), new NonceLedger(store.Database, _time) };
        var day = TimeSpan.FromDays(1);

        var taken = await Task.WhenAll(Enumerable.Range(0, 200).Select(number => ledgers[number % 2].TryTakeAsync(key, $"nonce {number / 10}", day)));

        taken.Count(isTaken => isTaken).Should().Be(20, "each of twenty once");
        (await ledgers[0].TryTakeAsync(key, "nonce 3", day)).Should().BeFalse();
        (await ledgers[0].TryTakeAsync(key + "x", "nonce 3", day)).Should().BeTrue("keys have nonces of their own");
        _time.Advance(day + TimeSpan.FromSeconds(1));
        (await ledgers[1].TryTakeAsync(key, "nonce 3", day)).Should().BeTrue();
        (await store.Database.QueryFirstAsync<long>("SELECT COUNT(*) FROM access_key_nonce WHERE expireTime <= @now", new { now = _time.GetUtcNow() }, CancellationToken.None)).Should().Be(0);
    }

    [Fact]
    public async Task The_newest_operation_records_are_kept()
    {
        await using var database = await store.CreateMigratedAsync();
        var records = new OperationRecordRepository(database);
        await records.AddAsync([.. Enumerable.Range(0, 30).Select(Record)], CancellationToken.None);

        await records.TrimAsync(10, CancellationToken.None);

        var rows = (await records.ListAsync(ListQuery.All, CancellationToken.None)).Rows;
        rows.Select(row => row.Id).Should().Equal(Enumerable.Range(20, 10).Reverse().Select(number => $"oprd-{number}"));
        (rows[0].ReqBodyJSON?.Text, rows[0].ReqQueryJSON, rows[0].CreateTime).Should().Be(("""{"a":29}""", null, _time.GetUtcNow().AddSeconds(29)));
        await records.TrimAsync(10, CancellationToken.None);
        (await records.ListAsync(ListQuery.All, CancellationToken.None)).Rows.Should().HaveCount(10);
    }

    [Fact]
    public async Task A_record_with_the_longest_texts_is_taken()
    {
        var records = new OperationRecordRepository(store.Database);
        var id = $"oprd-{Guid.NewGuid():N}";
        var longText = new RawJson($"\"{new string('ä', 60_000)}\"");

        await records.AddAsync([Record(0) with { Id = id, ReqQueryJSON = longText, ReqParamsJSON = longText, ReqBodyJSON = longText, ClientId = new string('ü', 128) }], CancellationToken.None);

        (await records.ListAsync(new ListQuery { Filters = [new ListFilter("id", [id])] }, CancellationToken.None)).Rows.Should().ContainSingle().Which.ReqQueryJSON.Should().Be(longText);
    }

    private OperationRecordRow Record(int number) => new()
    {
        Id = $"oprd-{number}",
        UserId = "u-1",
        Username = "a",
        ReqMethod = "POST",
        ReqRoute = "/api/v1/x",
        ReqBodyJSON = new RawJson($$"""{"a":{{number}}}"""),
        RespStatusCode = 200,
        CreateTime = _time.GetUtcNow().AddSeconds(number),
        UpdateTime = _time.GetUtcNow().AddSeconds(number),
    };

    private async Task<UserRepository> UsersAsync(StoreDatabase database)
    {
        var users = new UserRepository(database, new ChangeLog(database, _time), _time);
        await users.TrySetUpAsync(new UserRow { Id = "u-1", Username = "a", PasswordHash = "h", Roles = "sa" }, CancellationToken.None);
        return users;
    }

    public sealed class OnSqlite(SqliteStore store) : UserRowTests(store);

    public sealed class OnMariaDb(MariaDbStore store) : UserRowTests(store);
}
