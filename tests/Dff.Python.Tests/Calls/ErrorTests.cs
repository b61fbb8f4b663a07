using System.Text.Json;

namespace Dff.Python.Tests.Calls;

public sealed class ErrorTests(SharedEngine shared)
{
    [Fact]
    public async Task A_raised_error_names_the_line_of_the_users_source()
    {
        var script = shared.Script("\n\ndef f():\n    return 1/0\n");
        var outcome = await script.CallAsync();
        outcome.Should().HaveFailed(PythonOutcomeKind.Raised, "ZeroDivisionError", "ZeroDivisionError: division by zero");
        outcome.Stack.TrimEnd().Should().EndWith("ZeroDivisionError: division by zero");
        outcome.Stack.Should().Contain($"File \"{script.Id}\", line 4, in f").And.Contain("return 1/0").And.NotContain("dff_worker");
        var trace = JsonDocument.Parse(outcome.TraceInfo).RootElement;
        trace.GetProperty("stack")[0].GetProperty("lineNumber").GetInt32().Should().Be(4);
    }

    [Fact]
    public async Task An_unknown_argument_is_a_clear_TypeError()
    {
        var outcome = await shared.Script("def f(a): return a").CallAsync(kwargs: new { b = 1 });
        outcome.Should().HaveFailed(PythonOutcomeKind.Raised, "TypeError", "b");
    }

    [Fact]
    public async Task A_missing_script_and_a_missing_function_are_not_found()
    {
        var script = shared.Script("def f(): return 1");
        (await script.CallAsync("g")).Should().BeOfKind(PythonOutcomeKind.NotFound);
        (await (script with { Id = "no__such" }).CallAsync()).Should().BeOfKind(PythonOutcomeKind.NotFound);
        (await script.CallAsync()).Should().HaveReturned("1");
    }

    [Fact]
    public async Task A_script_that_does_not_compile_says_where()
    {
        var outcome = await shared.Script("def f():\n  return (").CallAsync();
        outcome.Should().HaveFailed(PythonOutcomeKind.Raised, "SyntaxError", "SyntaxError");
        JsonDocument.Parse(outcome.ErrorDetail).RootElement.GetProperty("line").GetInt32().Should().Be(2);
    }

    [Theory]
    [InlineData("import sys; sys.exit(3)", "SystemExit")]
    [InlineData("raise KeyboardInterrupt()", "KeyboardInterrupt")]
    [InlineData("return f()", "RecursionError")]
    [InlineData("raise BaseException('b')", "BaseException")]
    public async Task Errors_that_are_meant_for_the_interpreter_end_only_the_call(string body, string errorType)
    {
        var script = shared.Script($"def f():\n    {body}");
        (await script.CallAsync()).Should().BeOfKind(PythonOutcomeKind.Raised).And.Subject.As<PythonOutcome>().ErrorType.Should().Be(errorType);
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task A_recursion_beyond_any_stack_ends_that_call_only()
    {
        var script = shared.Script("import sys\ndef f():\n    sys.setrecursionlimit(10**9)\n    def g(n): return [g(n + 1)]\n    return sorted([1, 2], key=lambda _: g(0))");
        var outcome = await script.CallAsync(timeout: 5);
        outcome.Kind.Should().BeOneOf(PythonOutcomeKind.Raised, PythonOutcomeKind.WorkerExited, PythonOutcomeKind.TimedOut);
        outcome.ErrorMessage.Should().NotBeEmpty();
        await script.NextCallSucceedsAsync();
    }
}
