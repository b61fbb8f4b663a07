using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Grains.FuncCaches;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;

namespace Dff.Grains.Tests.FuncCaches;

public sealed class FuncCacheMemoryTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly FuncCacheMemory _memory;

    public FuncCacheMemoryTests() => _memory = new FuncCacheMemory(new WorkerOptions { FuncCacheMaxBytes = 10_000 }, _time);

    [Fact]
    public void A_value_goes_when_its_time_is_over_and_stays_without_one()
    {
        _memory.Set("s", "short", "a", TimeSpan.FromSeconds(2), notExists: false);
        _memory.Set("s", "long", "b", null, notExists: false);
        _memory.Set("s", "later", "c", null, notExists: false);
        _memory.Expire("s", "later", TimeSpan.FromSeconds(3)).Should().BeTrue();
        _memory.Expire("s", "nothing", TimeSpan.FromSeconds(3)).Should().BeFalse();

        _time.Advance(TimeSpan.FromSeconds(2));
        (_memory.Get("s", "short"), _memory.Get("s", "long"), _memory.Get("s", "later")).Should().Be((null, "b", "c"));
        _memory.Set("s", "short", "again", null, notExists: true).Should().BeTrue("the one before has expired");

        _time.Advance(TimeSpan.FromDays(365));
        (_memory.Get("s", "long"), _memory.Get("s", "later")).Should().Be(("b", null));
        _memory.Sweep("s").Should().BeTrue();
        _memory.Drop("s");
        _memory.Sweep("s").Should().BeFalse();
    }

    [Fact]
    public void Those_go_first_that_were_not_used_for_longest()
    {
        var text = new string('x', 1000);
        for (var number = 0; number < 4; number++) _memory.Set("s", $"k{number}", text, null, notExists: false);
        _memory.Get("s", "k0");

        _memory.Set("other", "k", text, null, notExists: false);

        Enumerable.Range(0, 4).Select(number => _memory.Get("s", $"k{number}") is not null).Should().Equal(true, false, true, true);
        _memory.Get("other", "k").Should().Be(text);
    }

    [Fact]
    public void What_is_larger_than_all_may_be_is_refused_and_changes_nothing()
    {
        _memory.Set("s", "k", "before", null, notExists: false);
        _memory.Push("s", "list", new string('x', 4000), atEnd: true);
        var tooLarge = new string('x', 6000);

        foreach (var act in (Action[])[() => _memory.Set("s", "k", tooLarge, null, false), () => _memory.Exchange("s", "k", tooLarge), () => _memory.Push("s", "list", tooLarge, true), () => _memory.Push("s", "new", tooLarge, true)])
            act.Should().Throw<DffException>().WithMessage("*_FUNC_CACHE_MAX_BYTES*");

        (_memory.Get("s", "k"), _memory.Pop("s", "list", atEnd: true)?.Length, _memory.Pop("s", "new", true)).Should().Be(("before", 4000, null));
    }

    [Fact]
    public void Numbers_are_counted_from_what_is_there_and_keep_their_time()
    {
        _memory.Increment("s", "n", 2).Should().Be(2);
        _memory.Set("s", "n", "40", TimeSpan.FromSeconds(5), notExists: false);
        _memory.Increment("s", "n", 2).Should().Be(42);
        _time.Advance(TimeSpan.FromSeconds(5));
        _memory.Increment("s", "n", -1).Should().Be(-1);
        _memory.Set("s", "n", long.MaxValue.ToString(System.Globalization.CultureInfo.InvariantCulture), null, notExists: false);
        ((Action)(() => _memory.Increment("s", "n", 1))).Should().Throw<DffException>().WithMessage("*64 bits*");
        _memory.Set("s", "n", "1.5", null, notExists: false);
        ((Action)(() => _memory.Increment("s", "n", 1))).Should().Throw<DffException>().WithMessage("*no whole number*");
    }

    [Fact]
    public void Lists_take_and_give_at_both_ends_and_are_gone_when_empty()
    {
        _memory.Push("s", "l", "b", atEnd: true).Should().Be(1);
        _memory.Push("s", "l", "a", atEnd: false).Should().Be(2);
        _memory.Push("s", "l", "c", atEnd: true).Should().Be(3);

        _memory.Move("s", "l", "l").Should().Be("c", "c a b");
        _memory.Move("s", "l", "m").Should().Be("b");
        (_memory.Pop("s", "l", atEnd: false), _memory.Pop("s", "l", atEnd: true), _memory.Pop("s", "l", atEnd: true)).Should().Be(("c", "a", null));
        _memory.Move("s", "l", "m").Should().BeNull();
        _memory.Set("s", "l", "text", null, notExists: true).Should().BeTrue();

        foreach (var act in (Action[])[() => _memory.Push("s", "l", "x", true), () => _memory.Pop("s", "l", true), () => _memory.Move("s", "m", "l"), () => _memory.Get("s", "m"), () => _memory.Increment("s", "m", 1)])
            act.Should().Throw<DffException>().WithMessage("*list*");
        (_memory.Get("s", "l"), _memory.Pop("s", "m", true)).Should().Be(("text", "b"));
    }
}
