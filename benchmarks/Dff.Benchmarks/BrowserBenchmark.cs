using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Dff.Browser.Tests;
using Dff.Testing;
using Microsoft.Playwright;

namespace Dff.Benchmarks;

/// <summary>What a user of the web client waits for, in a headless Chromium on the same machine.</summary>
internal sealed class BrowserBenchmark : IBenchmark
{
    private const string ScriptId = "bench__long";
    private const int Lines = 2000;
    private const int Runs = 20;
    private const int Parses = 100;
    private const int ParsesToWarmUp = 400;

    /// <summary>Marks when a script can be written in, and every task that kept the page from answering.</summary>
    private const string Watch = """
        (() => {
          window.longTasks = []
          window.longFrames = []
          new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask', buffered: true })
          const script = ({ duration, invoker, sourceFunctionName, sourceCharPosition, forcedStyleAndLayoutDuration }) => ({ duration, invoker, sourceFunctionName, sourceCharPosition, forcedStyleAndLayoutDuration })
          new PerformanceObserver((list) => window.longFrames.push(...list.getEntries().map((frame) =>
            ({ duration: frame.duration, blocking: frame.blockingDuration, rendering: frame.startTime + frame.duration - frame.renderStart, layout: frame.startTime + frame.duration - frame.styleAndLayoutStart, scripts: frame.scripts.map(script) })))).observe({ type: 'long-animation-frame' })
          const look = () => document.querySelector('.cm-content .cm-line') === null ? requestAnimationFrame(look) : (window.usable = performance.now())
          look()
        })()
        """;

    public string Name => "browser";

    public async Task RunAsync(Plan plan, Report report)
    {
        using var directory = new TestDirectory();
        await using var silo = await SiloProcess.StartAsync(directory.Path);
        await silo.Api.PublishAsync(ScriptId, LongScript());
        await silo.Api.PublishAsync("bench__add", "@DFF.API()\ndef add(x=1, y=2):\n    return x + y\n");
        var loads = new List<double>();
        double first, editor, typing, run;
        await using (var chromium = await Chromium.StartAsync())
        {
            for (var round = 0; round < Math.Max(plan.Rounds, 5); round++) loads.Add(await UsableAsync(chromium.Browser, silo));
            (first, editor) = await SizesAsync(chromium.Browser, silo);
            typing = await TypeAsync(chromium.Browser, silo);
            run = await RunAddAsync(chromium.Browser, silo);
        }

        // Not beside a browser, whose own work would be measured with it.
        var parse = await ParseAsync(silo);
        var compile = await CompileAsync(directory);

        report.Section("The web client", "Headless Chromium on the same machine, a fresh profile for each load; sizes as sent, with Brotli.");
        report.Table("what", "figure");
        report.Row("first load without the editor's own chunk", $"{report.AtMost(first / 1000, 300, "0")} kB");
        report.Row("the editor's own chunk", $"{report.AtMost(editor / 1000, 350, "0")} kB");
        report.Row("from navigation to a script that can be written in, median", $"{report.AtMost(loads.Median() / 1000, 1.5)} s");
        report.Row("typing 300 characters into 2,000 lines: tasks over 50 ms", report.AtMost(typing, 0, "0"));
        report.Row("`add` run from its button: until the result is seen, median of 20", $"{report.AtMost(run, 150, "0")} ms");
        report.Row($"Python's word on 2,000 lines, over HTTP, median of {Parses}", $"{report.AtMost(parse, 20, "0.0")} ms");
        report.Row("of this, `compile` alone in the same Python, median of 50", $"{compile:0.0} ms");
        report.Row("clean build of the client (npm ci and build)", $"{report.AtMost(await BuildAsync(), 90, "0")} s");
    }

    private static string LongScript() => string.Concat(Enumerable.Range(0, Lines / 10).Select(index => $$"""
        @DFF.API('Function {{index}}')
        def function_{{index}}(a, b=1):
            '''Does something {{index}}.'''
            total = 0
            for x in range(a):
                total += x * b if x % 2 == 0 else -len(str(x))
            names = {'total': total, 'label': f'{a}-{b}'}
            return names


        """));

    private static async Task<IPage> OpenAsync(IBrowser browser, SiloProcess silo)
    {
        var context = await browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = $"http://127.0.0.1:{silo.WebPort}", ViewportSize = new ViewportSize { Width = 1920, Height = 1080 } });
        await context.AddInitScriptAsync($"localStorage.setItem('dff.token', '{silo.Api.Token}')");
        await context.AddInitScriptAsync(Watch);
        return await context.NewPageAsync();
    }

    private static async Task<double> UsableAsync(IBrowser browser, SiloProcess silo)
    {
        var page = await OpenAsync(browser, silo);
        await page.GotoAsync($"/editor/{ScriptId}");
        await page.WaitForFunctionAsync("() => window.usable !== undefined");
        var usable = await page.EvaluateAsync<double>("() => window.usable");
        await page.Context.CloseAsync();
        return usable;
    }

    private static async Task<(double First, double Editor)> SizesAsync(IBrowser browser, SiloProcess silo)
    {
        var page = await OpenAsync(browser, silo);
        await page.GotoAsync($"/editor/{ScriptId}");
        await page.WaitForFunctionAsync("() => window.usable !== undefined");
        var sizes = await page.EvaluateAsync<JsonElement>("() => performance.getEntriesByType('resource').filter(({ name }) => name.includes('/assets/')).map(({ name, encodedBodySize }) => [name, encodedBodySize])");
        var assets = sizes.EnumerateArray().Select(entry => (Name: entry[0].GetString()!, Size: entry[1].GetDouble())).ToList();
        await page.Context.CloseAsync();
        var editor = assets.Where(asset => asset.Name.Contains("EditorPage", StringComparison.Ordinal)).Sum(asset => asset.Size);
        return (assets.Sum(asset => asset.Size) - editor, editor);
    }

    private static async Task<double> TypeAsync(IBrowser browser, SiloProcess silo)
    {
        var page = await OpenAsync(browser, silo);
        await page.GotoAsync($"/editor/{ScriptId}");
        await page.Locator(".cm-content").FocusAsync();
        await page.Keyboard.PressAsync("Control+End");
        await page.Locator(".bar .state[data-state=saved]").WaitForAsync();
        // The observer must see what it is to count.
        await page.EvaluateAsync("() => setTimeout(() => { const began = performance.now(); while (performance.now() - began < 80); })");
        await page.WaitForFunctionAsync("() => window.longTasks.some((duration) => duration > 50)");
        await page.EvaluateAsync("() => { window.longTasks.length = window.longFrames.length = 0 }");
        for (var line = 0; line < 10; line++) await page.Keyboard.TypeAsync("value = some_name + 12345 * x\n", new KeyboardTypeOptions { Delay = 30 });
        await page.Locator(".bar .state[data-state=saved]").WaitForAsync();
        var tasks = await page.EvaluateAsync<double>("() => window.longTasks.filter((duration) => duration > 50).length");
        if (tasks > 0) await Console.Error.WriteLineAsync($"typing, long frames: {await page.EvaluateAsync<string>("() => JSON.stringify(window.longFrames)")}");
        await page.Context.CloseAsync();
        return tasks;
    }

    private static async Task<double> RunAddAsync(IBrowser browser, SiloProcess silo)
    {
        var page = await OpenAsync(browser, silo);
        await page.GotoAsync("/editor/bench__add");
        await page.Locator(".cm-run").WaitForAsync();
        var took = new List<double>();
        for (var index = 0; index <= Runs; index++)
        {
            took.Add(await page.EvaluateAsync<double>("""
                () => new Promise((resolve) => {
                  const began = performance.now()
                  const state = () => document.querySelector('.summary').dataset.state
                  document.querySelector('.cm-run').click()
                  const look = () => state() === 'done' && document.querySelector('.result pre')?.textContent === '3'
                    ? requestAnimationFrame(() => resolve(performance.now() - began)) : requestAnimationFrame(look)
                  const begin = () => state() === 'running' || performance.now() - began > 20 ? look() : requestAnimationFrame(begin)
                  begin()
                })
                """));
        }

        await page.Context.CloseAsync();
        return took.Skip(1).Median();
    }

    private static async Task<double> ParseAsync(SiloProcess silo)
    {
        var request = LeanClient.Post("/api/v1/scripts/do/parse", silo.Api.Token, JsonSerializer.Serialize(new { code = LongScript() }));
        using var client = await LeanClient.ConnectAsync(silo.WebPort);
        var took = new List<double>();
        // .NET compiles hot code again beside its work, on the cores that are measured.
        for (var index = 0; index < ParsesToWarmUp + Parses; index++)
        {
            var began = Stopwatch.GetTimestamp();
            await client.SendAsync(request);
            took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        return took.Skip(ParsesToWarmUp).Median();
    }

    /// <summary>The floor of the parse: what CPython itself needs for the same text.</summary>
    private static async Task<double> CompileAsync(TestDirectory directory)
    {
        var source = directory.Combine("long.py");
        await File.WriteAllTextAsync(source, LongScript());
        const string Measure = """
            import statistics, sys, time
            code, took = open(sys.argv[1]).read(), []
            for _ in range(60):
                began = time.perf_counter()
                compile(code, "<draft>", "exec", dont_inherit=True)
                took.append(time.perf_counter() - began)
            print(statistics.median(took[10:]) * 1000)
            """;
        return double.Parse(await RunProcessAsync("/usr/bin/python3", ["-c", Measure, source]), CultureInfo.InvariantCulture);
    }

    private static async Task<double> BuildAsync()
    {
        using var directory = new TestDirectory();
        var copy = directory.Combine("client");
        await RunProcessAsync("git", ["-C", Repository.Root, "checkout-index", "-a", "--prefix", directory.Path + "/all/"]);
        Directory.Move(directory.Combine("all/src/Dff.Web/client"), copy);
        var began = Stopwatch.GetTimestamp();
        await RunProcessAsync(Path.Combine(copy, "scripts", "build-if-changed.sh"), []);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<string> RunProcessAsync(string program, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}");
    }
}
