using System.Text;
using System.Text.Json;

namespace Dff.Python.Tests.Calls;

public sealed class ResultTests(SharedEngine shared)
{
    [Fact]
    public async Task A_function_gets_its_arguments_and_its_result_comes_back()
    {
        var script = shared.Script("def f(a, b=2): return {'sum': a + b}");
        (await script.CallAsync(kwargs: new { a = 40 })).Should().HaveReturned("""{"sum":42}""");
    }

    [Fact]
    public async Task Only_the_forms_asked_for_are_answered()
    {
        var script = shared.Script("def f(): return {'b': [1], 'a': None}");
        var all = await script.CallAsync(returns: ReturnForms.All);
        JsonDocument.Parse(all.Raw).RootElement.GetProperty("b")[0].GetInt32().Should().Be(1);
        Encoding.UTF8.GetString(all.Repr.Span).Should().Be("{'a': None, 'b': [1]}");
        Encoding.UTF8.GetString(all.JsonDumps.Span).Should().Be("{\n  \"a\": null,\n  \"b\": [\n    1\n  ]\n}");

        var repr = await script.CallAsync(returns: ReturnForms.Repr);
        repr.Raw.IsEmpty.Should().BeTrue();
        repr.JsonDumps.IsEmpty.Should().BeTrue();
        repr.Repr.IsEmpty.Should().BeFalse();
    }

    [Fact]
    public async Task Values_without_a_JSON_form_get_the_nearest_one()
    {
        var script = shared.Script("""
            import datetime, decimal, uuid
            class Thing:
                def __str__(self): return 'thing'
            def f():
                return [datetime.datetime(2026, 1, 2, 3, 4, 5), decimal.Decimal('1.5'), {3}, b'bytes', float('nan'), float('inf'),
                        uuid.UUID(int=1), Thing()]
            """);
        (await script.CallAsync()).Should().HaveReturned(
            """["2026-01-02T03:04:05",1.5,[3],"bytes",null,null,"00000000-0000-0000-0000-000000000001","thing"]""");
    }

    [Fact]
    public async Task A_result_nested_500_deep_ends_clearly()
    {
        var outcome = await shared.Script("def f():\n    r = []\n    for _ in range(500): r = [r]\n    return r").CallAsync(returns: ReturnForms.All);
        outcome.Kind.Should().BeOneOf(PythonOutcomeKind.Succeeded, PythonOutcomeKind.ResultUnusable);
    }

    [Fact]
    public async Task A_circular_result_ends_clearly()
    {
        var script = shared.Script("def f():\n    r = {}\n    r['self'] = r\n    return r");
        var outcome = await script.CallAsync();
        outcome.Kind.Should().BeOneOf(PythonOutcomeKind.Succeeded, PythonOutcomeKind.ResultUnusable);
        await script.NextCallSucceedsAsync();
    }

    [Fact]
    public async Task A_megabyte_of_JSON_goes_in_and_out()
    {
        var text = new string('x', 1024 * 1024);
        var outcome = await shared.Script("def f(text): return text").CallAsync(kwargs: new { text });
        outcome.Should().HaveReturned($"\"{text}\"");
    }

    [Theory]
    [InlineData(16 * 1024)]
    [InlineData(32 * 1024)]
    [InlineData(64 * 1024)]
    [InlineData(256 * 1024)]
    public async Task Every_size_around_the_buffers_comes_through_both_ways(int around)
    {
        var script = shared.Script("def f(text, n): return [DFF.STORE.set('t', text), DFF.STORE.get('t') == text, len(text), 'y' * n]");
        foreach (var offset in (int[])[-300, -128, -64, -40, -20, -10, -5, -4, -3, -2, -1, 0, 1, 2, 5, 100])
        {
            var n = around + offset;
            var outcome = await script.CallAsync(kwargs: new { text = new string('x', n), n });
            outcome.Should().HaveReturned($"[true,true,{n},\"{new string('y', n)}\"]");
        }
    }

    [Fact]
    public async Task A_large_script_is_fetched_whole()
    {
        var script = shared.Script("data = '" + new string('z', 3_000_000) + "'\ndef f(): return len(data)");
        (await script.CallAsync()).Should().HaveReturned("3000000");
    }

    [Fact]
    public async Task A_result_of_90_MiB_comes_back_whole()
    {
        var outcome = await shared.Script("def f(): return 'x' * (90 * 1024 * 1024)").CallAsync();
        outcome.Should().BeOfKind(PythonOutcomeKind.Succeeded);
        outcome.Raw.Length.Should().Be((90 * 1024 * 1024) + 2);
        outcome.Raw.Span[1..^1].IndexOfAnyExcept((byte)'x').Should().Be(-1);
    }

    [Fact]
    public async Task Unicode_survives_everywhere()
    {
        var script = shared.Script("""
            @DFF.API('标题 🐍', tags=['标签'], category='类')
            def 函数(参数='默认'):
                '文档 ñ'
                print('日志 ✓')
                return '结果 ' + 参数
            """);
        var call = await script.CallAsync("函数", new Dictionary<string, string> { ["参数"] = "🚀" });
        call.RawText().Should().Be("\"结果 🚀\"");
        call.LogText().Should().Be("日志 ✓");

        var load = await script.CallAsync(function: null);
        load.Should().BeOfKind(PythonOutcomeKind.Succeeded);
        var facts = JsonDocument.Parse(load.Facts).RootElement[0].ToString();
        foreach (var word in (string[])["标题 🐍", "标签", "类", "文档 ñ", "默认"]) facts.Should().Contain(word);
    }

    [Fact]
    public async Task Hints_convert_arguments_and_refuse_what_does_not_fit()
    {
        var script = shared.Script("""
            @DFF.API('t', kwargs_hint={'a': {'type': 'int', 'raiseTypeError': True}})
            def f(a): return a
            """);
        (await script.CallAsync(kwargs: new { a = "12" })).Should().HaveReturned("12");
        (await script.CallAsync(kwargs: new { a = "x" })).Should().HaveFailed(PythonOutcomeKind.Raised, "TypeError", "a");
    }

    [Fact]
    public async Task An_answer_with_its_own_status_and_content_comes_back_with_both()
    {
        var outcome = await shared.Script("def f(): return DFF.RESP('<b>', status_code=201, content_type='html')").CallAsync();
        outcome.Should().BeOfKind(PythonOutcomeKind.Succeeded);
        JsonDocument.Parse(outcome.Response).RootElement.GetProperty("statusCode").GetInt32().Should().Be(201);
        Encoding.UTF8.GetString(outcome.Body.Span).Should().Be("<b>");
    }

    [Fact]
    public async Task A_result_in_pieces_is_a_file_and_one_that_fails_leaves_none()
    {
        var directory = Directory.CreateTempSubdirectory("dff-streams");
        await using var engine = await TestEngine.StartAsync(options => (options.StreamDirectory, options.MaxStreamBytes) = (Path.Combine(directory.FullName, "results"), 2_000_000));
        var script = engine.Script("""
            def f(n): return DFF.RESP_LARGE_DATA([{'row': i} for i in range(n)])
            def g():
                def rows():
                    yield from range(100_000)
                    raise ValueError('no more')
                return DFF.RESP_LARGE_DATA(rows())
            """);

        var outcome = await script.RunAsync(Streaming(script, "f", new { n = 50_000 }));

        outcome.Should().BeOfKind(PythonOutcomeKind.Succeeded);
        var streamed = outcome.Streamed!;
        new FileInfo(streamed.Path).Length.Should().Be(streamed.Length);
        JsonDocument.Parse(await File.ReadAllTextAsync(streamed.Path)).RootElement.GetArrayLength().Should().Be(50_000);
        File.GetUnixFileMode(streamed.Path).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Delete(streamed.Path);
        (await script.RunAsync(Streaming(script, "g", new { }))).Should().HaveFailed(PythonOutcomeKind.Raised, "ValueError", "no more");
        (await script.RunAsync(Streaming(script, "f", new { n = 500_000 }))).Should().HaveFailed(PythonOutcomeKind.ResultUnusable, "ResultError", "2000000 bytes");
        Directory.GetFiles(Path.Combine(directory.FullName, "results")).Should().BeEmpty();
        (await script.CallAsync("f", new { n = 2 })).Should().HaveReturned("""[{"row":0},{"row":1}]""");
        directory.Delete(recursive: true);

        static PythonCall Streaming(TestScript script, string function, object kwargs) => new()
        {
            Queue = script.Queue,
            Code = script.Engine.Code.Current,
            ScriptId = script.Id,
            FunctionName = function,
            Kwargs = JsonSerializer.SerializeToUtf8Bytes(kwargs),
            TakesStream = true,
        };
    }
}
