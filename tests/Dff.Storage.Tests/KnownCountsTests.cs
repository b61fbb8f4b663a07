using Dapper;
using Dff.Storage.Lists;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;

namespace Dff.Storage.Tests;

/// <summary>When a count is taken from memory.</summary>
public sealed class KnownCountsTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(20);

    private readonly FakeTimeProvider _time = new();
    private readonly KnownCounts _counts;
    private int _asked;

    public KnownCountsTests() => _counts = new KnownCounts(_time);

    [Fact]
    public async Task One_that_took_long_is_remembered_for_the_same_question_alone()
    {
        (await CountAsync(1000, Long, filter: "a")).Should().Be(1000);
        (await CountAsync(1001, Long, filter: "a")).Should().Be(1000, "it is remembered");
        (await CountAsync(7, Long, filter: "b")).Should().Be(7);
        (await CountAsync(8, Long, filter: new[] { "a", "b" })).Should().Be(8);
        _asked.Should().Be(3);
    }

    [Fact]
    public async Task It_is_remembered_for_a_hundred_times_as_long_as_it_took()
    {
        await CountAsync(1000, Long);
        _time.Advance(99 * Long);
        (await CountAsync(1001, Long)).Should().Be(1000);
        _time.Advance(Long);
        (await CountAsync(1002, Long)).Should().Be(1002);
    }

    [Fact]
    public async Task One_that_was_quick_is_asked_for_each_time()
    {
        (await CountAsync(1000, TimeSpan.Zero)).Should().Be(1000);
        (await CountAsync(1001, TimeSpan.Zero)).Should().Be(1001);
    }

    [Fact]
    public async Task One_that_would_change_which_rows_are_answered_is_asked_for_anew()
    {
        (await CountAsync(30, Long)).Should().Be(30);
        (await CountAsync(31, Long, least: 31)).Should().Be(31);
        (await CountAsync(32, Long, least: 31)).Should().Be(31);
    }

    private Task<long> CountAsync(long rows, TimeSpan takes, object? filter = null, long least = 0)
    {
        var parameters = new DynamicParameters();
        parameters.Add("filter", filter);
        return _counts.GetAsync("SELECT COUNT(*)", parameters, least, () =>
        {
            _asked++;
            _time.Advance(takes);
            return Task.FromResult(rows);
        });
    }
}
