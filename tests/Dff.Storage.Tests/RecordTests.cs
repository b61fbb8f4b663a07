using Dff.Storage.AuthLinks;
using Dff.Storage.Changes;
using Dff.Storage.EnvVariables;
using Dff.Storage.FuncStore;
using Dff.Storage.Lists;
using Dff.Storage.Users;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;

namespace Dff.Storage.Tests;

/// <summary>Rows that no grain stands behind: variables, users, sessions, stored values; and the filters of lists.</summary>
public abstract class RecordTests(StoreUnderTest store)
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero));

    private ChangeLog Changes => new(store.Database, _time);

    [Fact]
    public async Task A_variable_is_added_once_changed_in_parts_and_deleted()
    {
        var (variables, id) = (new EnvVariableRepository(store.Database, Changes, _time), NewId());
        await variables.AddAsync(id, new EnvVariableChange { Title = "T", ValueTEXT = "v" }, CancellationToken.None);
        var again = () => variables.AddAsync(id, new EnvVariableChange(), CancellationToken.None);
        await again.Should().ThrowAsync<DuplicateKeyException>();

        (await variables.ModifyAsync(id, new EnvVariableChange { ValueTEXT = "w" }, CancellationToken.None)).Should().NotBeNull();

        var row = (await variables.FindAsync(id, CancellationToken.None))!;
        (row.Title, row.ValueTEXT, row.AutoTypeCasting, row.UpdateTime).Should().Be(("T", "w", "string", _time.GetUtcNow()));
        (await variables.DeleteAsync(id, CancellationToken.None)).Should().NotBeNull();
        (await variables.DeleteAsync(id, CancellationToken.None)).Should().BeNull();
        (await variables.ModifyAsync(id, new EnvVariableChange(), CancellationToken.None)).Should().BeNull();
    }

    [Fact]
    public async Task A_value_of_a_script_lives_until_it_expires()
    {
        var (values, scope) = (new FuncStoreRepository(store.Database, _time), NewId());
        (await values.SetAsync(scope, "k", "1", expireSeconds: 60, notExists: false, CancellationToken.None)).Should().BeTrue();
        (await values.SetAsync(scope, "k", "2", expireSeconds: 60, notExists: true, CancellationToken.None)).Should().BeFalse();
        (await values.GetAsync(scope, "k", CancellationToken.None)).Should().Be("1");
        (await values.GetAsync(scope, "K", CancellationToken.None)).Should().BeNull();

        _time.Advance(TimeSpan.FromSeconds(61));

        (await values.GetAsync(scope, "k", CancellationToken.None)).Should().BeNull();
        (await values.SetAsync(scope, "k", "3", expireSeconds: null, notExists: true, CancellationToken.None)).Should().BeTrue();
        (await values.GetAsync(scope, "k", CancellationToken.None)).Should().Be("3");
        (await values.DeleteAsync(scope, "k", CancellationToken.None)).Should().BeTrue();
        (await values.DeleteAsync(scope, "k", CancellationToken.None)).Should().BeFalse();
    }

    [Fact]
    public async Task Of_several_set_ups_at_once_one_makes_the_administrator()
    {
        await using var database = await store.CreateMigratedAsync();
        var users = new UserRepository(database, new ChangeLog(database, _time), _time);

        var won = await Task.WhenAll(Enumerable.Range(0, 6).Select(index =>
            users.TrySetUpAsync(new UserRow { Id = $"u-{index}", Username = $"admin{index}", PasswordHash = "h", Roles = "sa" }, CancellationToken.None)));

        won.Count(isWinner => isWinner).Should().Be(1);
        (await users.FindByNameAsync($"ADMIN{Array.IndexOf(won, true)}", CancellationToken.None))!.Id.Should().Be($"u-{Array.IndexOf(won, true)}", "names compare without case");
    }

    [Fact]
    public async Task A_new_password_ends_all_sessions()
    {
        await using var database = await store.CreateMigratedAsync();
        var changes = new ChangeLog(database, _time);
        var (users, sessions) = (new UserRepository(database, changes, _time), new SessionRepository(database, changes));
        await users.TrySetUpAsync(new UserRow { Id = "u-1", Username = "admin", PasswordHash = "old", Roles = "sa" }, CancellationToken.None);
        foreach (var token in new[] { "t1", "t2" })
            await sessions.AddAsync(new SessionRow { Id = token, TokenHash = token, UserId = "u-1", LastSeenTime = _time.GetUtcNow(), ExpireTime = _time.GetUtcNow().AddDays(1) }, CancellationToken.None);

        await users.ModifyAsync("u-1", user => user with { Name = "N" }, keptToken: null, CancellationToken.None);
        (await sessions.FindAsync("t1", CancellationToken.None)).Should().NotBeNull("a new name ends nothing");
        await users.ModifyAsync("u-1", user => user with { PasswordHash = "new" }, keptToken: null, CancellationToken.None);

        (await sessions.FindAsync("t1", CancellationToken.None)).Should().BeNull();
        (await users.FindByNameAsync("admin", CancellationToken.None))!.PasswordHash.Should().Be("new");
        (await changes.ReadSinceAsync(0, CancellationToken.None)).Entries.Where(entry => entry.Kind == "session").Select(entry => entry.EntityKey).Should().BeEquivalentTo(["t1", "t2"]);
    }

    [Fact]
    public async Task Links_are_filtered_by_tags_and_by_several_values()
    {
        var links = new AuthLinkRepository(store.Database, Changes);
        var prefix = NewId();
        await Rows.ProjectLinkAsync(store.Database, $"{prefix}a", 1, tags: """["red","日"]""");
        await Rows.ProjectLinkAsync(store.Database, $"{prefix}b", 1, tags: """["blue"]""");
        await Rows.ProjectLinkAsync(store.Database, $"{prefix}c", 1);

        async Task<IReadOnlyList<string>> IdsAsync(params ListFilter[] filters) =>
            [.. (await links.ListAsync(new ListQuery { NoPage = true, Fuzzy = prefix, Filters = filters, Sort = [new SortField("seq", IsDescending: false)] }, CancellationToken.None)).Rows.Select(row => row.Id[prefix.Length..])];

        (await IdsAsync(new ListFilter("tags", ["red"]))).Should().Equal("a");
        (await IdsAsync(new ListFilter("tags", ["日", "blue"]))).Should().Equal("a", "b");
        (await IdsAsync(new ListFilter("tags", ["re"]))).Should().BeEmpty();
        (await IdsAsync(new ListFilter("tags", []))).Should().Equal("c");
        (await IdsAsync(new ListFilter("id", [$"{prefix}a", $"{prefix}c"]))).Should().Equal("a", "c");
        (await IdsAsync(new ListFilter("nonsense; DROP TABLE script", ["x"]))).Should().Equal("a", "b", "c");
    }

    [Fact]
    public async Task The_first_of_two_writers_of_a_fact_decides()
    {
        var (meta, key) = (new MetaRepository(store.Database), NewId());

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(index => meta.GetOrAddAsync(key, $"{index}", CancellationToken.None)));

        answers.Distinct().Should().ContainSingle().Which.Should().Be(await meta.GetAsync(key, CancellationToken.None));
    }

    private static string NewId() => $"r{Guid.NewGuid():N}";

    public sealed class OnSqlite(SqliteStore store) : RecordTests(store);

    public sealed class OnMariaDb(MariaDbStore store) : RecordTests(store);
}
