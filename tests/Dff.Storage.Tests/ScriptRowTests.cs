using Dff.Storage.Changes;
using Dff.Storage.GrainStates;
using Dff.Storage.Lists;
using Dff.Storage.Scripts;
using FluentAssertions;

namespace Dff.Storage.Tests;

public abstract class ScriptRowTests(StoreUnderTest store)
{
    private readonly ScriptRepository _scripts = new(store.Database, new ChangeLog(store.Database, TimeProvider.System), TimeProvider.System);
    private readonly FuncRepository _functions = new(store.Database);

    [Fact]
    public async Task A_row_comes_back_as_it_was_written()
    {
        var id = NewId();
        await WriteAsync(Rows.Script(id, 1, "print('ä 函数')\n", "Title", 1, "code\n", "f", "g"));

        var row = (await _scripts.FindAsync(id, CancellationToken.None))!;

        (row.Id, row.Title, row.CodeDraft, row.Code, row.PublishVersion).Should().Be((id, "Title", "print('ä 函数')\n", "code\n", 1));
        row.CreateTime.ToUnixTimeMilliseconds().Should().Be(1_700_000_000_123);
        (await _functions.GetFactsOfScriptAsync(id, CancellationToken.None)).Select(function => function.Name).Should().Equal("f", "g");
        (await _scripts.GetCodeAsync(id, 1, CancellationToken.None)).Should().Be("code\n");
    }

    [Fact]
    public async Task An_older_state_never_overwrites_a_newer_one()
    {
        var id = NewId();
        await WriteAsync(Rows.Script(id, 5, "new", "new", 2, "new", "f"));

        await WriteAsync(Rows.Script(id, 4, "old", "old", 1, "old", "g"));
        await _scripts.DeleteAsync(id, 4, CancellationToken.None);

        var row = (await _scripts.FindAsync(id, CancellationToken.None))!;
        (row.Title, row.CodeDraft, row.Code).Should().Be(("new", "new", "new"));
        (await _functions.GetFactsOfScriptAsync(id, CancellationToken.None)).Select(function => function.Name).Should().Equal("f");
    }

    [Fact]
    public async Task Each_published_version_keeps_its_code_and_the_functions_are_those_of_the_last()
    {
        var id = NewId();
        await WriteAsync(Rows.Script(id, 1, "one", null, 1, "one", "f", "g"));
        await WriteAsync(Rows.Script(id, 2, "two", null, 2, "two", "g", "h"));

        (await _scripts.GetCodeAsync(id, 1, CancellationToken.None)).Should().Be("one");
        (await _scripts.GetCodeAsync(id, 2, CancellationToken.None)).Should().Be("two");
        (await _scripts.GetCodeAsync(id, 3, CancellationToken.None)).Should().BeNull();
        (await _functions.GetFactsOfScriptAsync(id, CancellationToken.None)).Select(function => (function.Name, function.PublishVersion)).Should().Equal(("g", 2), ("h", 2));
    }

    [Fact]
    public async Task The_stored_scripts_of_a_set_are_not_those_of_another_that_differs_by_case_or_goes_on()
    {
        await using var database = await store.CreateMigratedAsync();
        var repository = new ScriptRepository(database, new ChangeLog(database, TimeProvider.System), TimeProvider.System);
        const string set = "similar";
        string[] scripts = [$"{set}__a", $"{set}___b", "SIMILAR__a", $"{set}_c__a", $"{set}x__a"];
        var states = new GrainStateRows(database);
        await database.WriteAsync(
            async (connection, transaction) =>
            {
                foreach (var script in scripts) await states.WriteAsync(connection, transaction, "script", script, [1], null);
                return true;
            },
            CancellationToken.None);

        (await repository.GetStoredIdsOfSetAsync(set, CancellationToken.None)).Should().BeEquivalentTo(scripts[..2]);
        (await repository.GetStoredIdsOfSetAsync("SIMILAR", CancellationToken.None)).Should().BeEquivalentTo(scripts[2..3]);
    }

    [Fact]
    public async Task A_deleted_script_leaves_nothing_behind()
    {
        var id = NewId();
        await WriteAsync(Rows.Script(id, 1, "one", null, 1, "one", "f"));

        await _scripts.DeleteAsync(id, 2, CancellationToken.None);

        (await _scripts.FindAsync(id, CancellationToken.None)).Should().BeNull();
        (await _scripts.GetCodeAsync(id, 1, CancellationToken.None)).Should().BeNull();
        (await _functions.GetFactsOfScriptAsync(id, CancellationToken.None)).Should().BeEmpty();
    }

    [Fact]
    public async Task Code_of_ten_megabytes_is_stored()
    {
        var (id, code) = (NewId(), new string('x', 10_000_000));
        await WriteAsync(Rows.Script(id, 1, code));

        (await _scripts.FindAsync(id, CancellationToken.None))!.CodeDraft.Should().Be(code);
    }

    [Fact]
    public async Task A_write_that_fails_in_the_middle_leaves_no_part()
    {
        var id = NewId();
        var broken = Rows.Script(id, 1, "one", null, 1, "one", "f", "f");

        var write = () => WriteAsync(broken);

        await write.Should().ThrowAsync<System.Data.Common.DbException>("two functions of one ID");
        (await _scripts.FindAsync(id, CancellationToken.None)).Should().BeNull();
        (await _scripts.GetCodeAsync(id, 1, CancellationToken.None)).Should().BeNull();
    }

    [Theory]
    [InlineData("A", "a")]
    [InlineData("ä", "a")]
    [InlineData("b ", "b")]
    public async Task Ids_are_told_apart_character_by_character(string one, string other)
    {
        var prefix = NewId();
        await WriteAsync(Rows.Script(prefix + one, 1));

        (await _scripts.FindAsync(prefix + other, CancellationToken.None)).Should().BeNull();
        await WriteAsync(Rows.Script(prefix + other, 1));
        (await _scripts.FindAsync(prefix + one, CancellationToken.None))!.Id.Should().Be(prefix + one);
    }

    [Theory]
    [InlineData("GRÜSSE an alle", "grüsse")]
    [InlineData("Ärger", "ärger")]
    [InlineData("每日函数报告", "函数")]
    [InlineData("UPPER", "upper")]
    [InlineData("lower", "LOWER")]
    [InlineData("100% sure", "100%")]
    [InlineData("a_b", "a_b")]
    [InlineData("what!", "what!")]
    [InlineData(@"back\slash", @"k\s")]
    [InlineData("it's", "it's")]
    [InlineData("smile 😀", "😀")]
    public async Task A_search_finds_text_without_regard_to_case(string title, string search)
    {
        var id = NewId();
        await WriteAsync(Rows.Script(id, 1, title: title));

        (await SearchAsync(search)).Should().Contain(id);
    }

    [Theory]
    [InlineData("axb", "a_b")]
    [InlineData("100 sure", "100%")]
    [InlineData("abc", "a%c")]
    [InlineData("what", "what!")]
    public async Task Wildcards_in_a_search_are_plain_characters(string title, string search)
    {
        var id = NewId();
        await WriteAsync(Rows.Script(id, 1, title: title));

        (await SearchAsync(search)).Should().NotContain(id);
    }

    [Fact]
    public async Task Pages_divide_the_list_and_the_total_counts_them_all()
    {
        var set = $"p{Guid.NewGuid():N}"[..20];
        for (var index = 0; index < 25; index++) await WriteAsync(Rows.Script($"{set}__{index:00}", 1));

        var pages = new List<string>();
        for (var page = 1; page <= 4; page++)
        {
            var result = await _scripts.ListAsync(
                new ListQuery { PageNumber = page, PageSize = 10, Filters = [new ListFilter("scriptSetId", [set])], Sort = [new SortField("id", IsDescending: true)] }, withCode: false, CancellationToken.None);
            result.TotalCount.Should().Be(25);
            pages.AddRange(result.Rows.Select(row => row.Id));
        }

        pages.Should().Equal(Enumerable.Range(0, 25).Reverse().Select(index => $"{set}__{index:00}"));
    }

    [Fact]
    public async Task A_full_text_search_looks_into_code_and_draft()
    {
        var (id, word) = (NewId(), $"w{Guid.NewGuid():N}");
        await WriteAsync(Rows.Script(id, 1, $"x = '{word}_draft'", null, 1, $"x = '{word}_published'", "f"));

        foreach (var text in new[] { $"{word}_draft", $"{word}_published" })
        {
            var found = await _scripts.ListAsync(new ListQuery { FullText = text }, withCode: true, CancellationToken.None);
            found.Rows.Select(row => row.Id).Should().Equal(id);
            found.TotalCount.Should().Be(1);
        }
    }

    [Fact]
    public async Task The_scripts_of_a_set_are_found_by_their_exact_set()
    {
        var set = $"s{Guid.NewGuid():N}"[..12];
        foreach (var id in new[] { $"{set}__a", $"{set}x__a", $"{set}__b" }) await WriteAsync(Rows.Script(id, 1));

        (await _scripts.GetIdsOfSetAsync(set, CancellationToken.None)).Select(row => row.Id).Should().Equal($"{set}__a", $"{set}__b");
    }

    private static string NewId() => $"t{Guid.NewGuid():N}"[..12] + "__s";

    private Task<long> WriteAsync(ScriptProjection row) => _scripts.ProjectAsync(row, CancellationToken.None);

    private async Task<IReadOnlyList<string>> SearchAsync(string text) =>
        [.. (await _scripts.ListAsync(new ListQuery { NoPage = true, Fuzzy = text }, withCode: false, CancellationToken.None)).Rows.Select(row => row.Id)];

    public sealed class OnSqlite(SqliteStore store) : ScriptRowTests(store);

    public sealed class OnMariaDb(MariaDbStore store) : ScriptRowTests(store);
}
