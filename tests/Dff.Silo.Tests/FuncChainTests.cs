using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Functions that start one another by DFF.FUNC.</summary>
public abstract class FuncChainTests(SiloUnderTest silo)
{
    private readonly ApiClient _api = silo.Api;

    [Fact]
    public async Task A_started_function_runs_on_its_own_and_knows_its_chain()
    {
        await _api.PublishAsync("chain__a", """
            @DFF.API()
            def first(words):
                return {'task': _DFF_TASK_ID, 'started': DFF.FUNC('chain__a.second', {'words': words + ['é']}, save_result=True)}

            @DFF.API()
            def second(words):
                return {'words': words, 'chain': _DFF_FUNC_CHAIN, 'root': _DFF_ROOT_TASK_ID, 'own': _DFF_TASK_ID, 'mode': _DFF_EXEC_MODE, 'queue': _DFF_QUEUE}

            """);
        var first = (await _api.CallAsync("chain__a.first", new { words = new[] { "a" } })).RequireOk().Data!["result"]!;
        var started = first["started"]!.GetValue<string>();
        var second = await ResultAsync(started);
        second["words"]!.AsArray().Select(word => (string?)word).Should().Equal("a", "é");
        second["chain"]!.ToJsonString().Should().Be("""["chain__a.first","chain__a.second"]""");
        second["root"]!.GetValue<string>().Should().Be(first["task"]!.GetValue<string>());
        second["own"]!.GetValue<string>().Should().Be(started);
        (second["mode"]!.GetValue<string>(), second["queue"]!.GetValue<string>()).Should().Be(("async", "1"), "it runs on the queue of its starter");
    }

    [Fact]
    public async Task A_chain_of_six_is_refused_by_its_whole_length()
    {
        await _api.PublishAsync("chain__long", string.Concat(Enumerable.Range(1, 6).Select(number => $$"""
            @DFF.API()
            def f{{number}}():
                {{(number < 6 ? $"return DFF.FUNC('chain__long.f{number + 1}', save_result=True)" : "return 'reached'")}}


            """)));
        var started = (await _api.CallAsync("chain__long.f1")).RequireOk().Data!["result"]!.GetValue<string>();
        for (var number = 2; number < 5; number++) started = (await ResultAsync(started)).GetValue<string>();
        var failed = await FailureAsync(started);
        failed.Should().Contain("FuncChainTooLongException").And.Contain(string.Join(" → ", Enumerable.Range(1, 6).Select(number => $"chain__long.f{number}")));
    }

    [Theory]
    [InlineData("DFF.FUNC('chain__wrong.f')", "FuncCircularCallException", "chain__wrong.f → chain__wrong.f")]
    [InlineData("DFF.FUNC('chain__wrong.gone')", "NotFoundException", "there is no published function 'chain__wrong.gone'")]
    [InlineData("DFF.FUNC('chain__wrong.g', kwargs=[1])", "TypeError", "`kwargs` must be a dict, not list")]
    [InlineData("DFF.FUNC('chain__wrong.g', nonsense=1)", "InvalidOptionException", "knows no argument `nonsense`")]
    [InlineData("DFF.FUNC('chain__wrong.g', timeout=0)", "ValueError", "`timeout` must be 1 to 3600 seconds, not 0")]
    [InlineData("DFF.FUNC('chain__wrong.g', {'x': 'x' * 1100000})", "ValueError", "at most 1048576 are allowed")]
    public async Task What_cannot_be_started_is_an_error_in_the_function(string call, string type, string text)
    {
        await _api.PublishAsync("chain__wrong", $"@DFF.API()\ndef f():\n    {call}\n\n@DFF.API()\ndef g(x=1):\n    pass\n");
        var answer = await _api.CallAsync("chain__wrong.f");
        answer.Reason.Should().Be("EFuncFailed");
        answer.Text.Should().Contain(type).And.Contain(text);
    }

    [Fact]
    public async Task A_draft_starts_published_functions()
    {
        await _api.PublishAsync("chain__draft", "@DFF.API()\ndef f():\n    return 'published'\n");
        (await _api.PostAsync("/api/v1/scripts/chain__draft/do/modify", new { data = new { codeDraft = "@DFF.API()\ndef g():\n    return DFF.FUNC('chain__draft.f')\n" } })).RequireOk();
        var run = (await _api.PostAsync("/api/v1/func-draft/chain__draft.g", new { })).RequireOk();
        (await ResultAsync(run.Data!["result"]!["funcResult"]!["raw"]!.GetValue<string>())).GetValue<string>().Should().Be("published");
    }

    private async Task<JsonNode> ResultAsync(string taskId)
    {
        var answer = await _api.GetAsync($"/api/v1/func-result?taskId={taskId}&wait=60");
        return answer.RequireOk().Data!["result"] ?? throw new InvalidOperationException(answer.Text);
    }

    private async Task<string> FailureAsync(string taskId) => (await _api.GetAsync($"/api/v1/func-result?taskId={taskId}&wait=60")).Text;
}

public sealed class FuncChainOnSqliteTests(SqliteSilo silo) : FuncChainTests(silo);

public sealed class FuncChainOnMariaDbTests(MariaDbSilo silo) : FuncChainTests(silo);
