using System.Globalization;
using System.Text.Json;
using FluentAssertions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Dff.Browser.Tests;

/// <summary>What is too much, or not meant well, leaves the page usable.</summary>
public sealed class LargeAndHostileTests(BrowserSilo browser)
{
    private const string Attack = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>";

    [Fact]
    public async Task Markup_in_titles_logs_and_results_stays_text()
    {
        await AddAsync("hostile__script", $"""
            @DFF.API({JsonSerializer.Serialize(Attack)})
            def f():
                {JsonSerializer.Serialize(Attack)}
                print({JsonSerializer.Serialize(Attack)})
                return [{JsonSerializer.Serialize(Attack)}]

            """, title: Attack);
        await using var user = await browser.OpenAsync(EditorPage.PathOf("hostile__script"));
        var editor = new EditorPage(user);
        await editor.ReadyAsync();
        await Expect(user.Page.Locator(".tree .title").Filter(new() { HasText = "window.hacked" }).First).ToContainTextAsync(Attack);
        await editor.RunAsync("f");
        await editor.WaitForRunAsync();
        await Expect(user.Page.Locator(".result")).ToContainTextAsync("onerror=");
        await editor.ShowAsync("log");
        await Expect(editor.Log).ToContainTextAsync(Attack);
        await Expect(user.Page.Locator(".about")).ToContainTextAsync(Attack);
        (await user.Page.EvaluateAsync<bool>("() => 'hacked' in window")).Should().BeFalse();
        user.ShouldHaveNoComplaints();
    }

    [Fact]
    public async Task A_script_of_ten_thousand_lines_is_edited_and_saved()
    {
        var code = string.Concat(Enumerable.Range(0, 2000).Select(index => $"def function_{index}(a, b={index}):\n    total = a + b\n    return total\n\n\n"));
        await AddAsync("large__script", code);
        await using var user = await browser.OpenAsync(EditorPage.PathOf("large__script"));
        var editor = new EditorPage(user);
        await editor.ReadyAsync();
        await editor.TypeAndSaveAsync("@DFF.API('Last')\ndef last():\n    return 'the end'\n");
        await editor.RunAsync("last");
        await editor.WaitForRunAsync();
        await Expect(user.Page.Locator(".result")).ToHaveTextAsync("the end");
        var stored = (await browser.Api.GetAsync("/api/v1/scripts/large__script/do/get")).RequireOk();
        ((string)stored.Data!["codeDraft"]!).Should().StartWith(code).And.EndWith("return 'the end'\n");
        user.ShouldHaveNoComplaints();
    }

    [Fact]
    public async Task Five_hundred_scripts_are_searched_in_the_tree()
    {
        await AddAsync("many__script_000", "");
        for (var index = 1; index < 500; index++)
            (await browser.Api.PostAsync("/api/v1/scripts/do/add", new { data = new { id = $"many__script_{index:000}", title = $"Number {index}" } })).RequireOk();
        await using var user = await browser.OpenAsync(EditorPage.PathOf("many__script_000"));
        await new EditorPage(user).ReadyAsync();
        var rows = user.Page.Locator(".tree .scripts .row").Filter(new() { HasText = "script_" });
        (await rows.CountAsync()).Should().BeGreaterThanOrEqualTo(500);
        await user.Page.GetByLabel("Search scripts").FillAsync("many number 47");
        await Expect(rows).ToHaveCountAsync(15);
        await rows.Filter(new() { HasText = "script_473" }).GetByRole(AriaRole.Button).First.ClickAsync();
        await user.ArriveAsync("/editor/many__script_473");
        user.ShouldHaveNoComplaints();
        (await browser.Api.GetAsync("/api/v1/script-sets/many/do/delete")).RequireOk();
    }

    [Fact]
    public async Task A_result_of_20_MB_is_offered_as_a_file()
    {
        await AddAsync("big__result", "def f():\n    print('made')\n    return ['x' * 99] * 200000 + [12345678901234567890]\n");
        await using var user = await browser.OpenAsync(EditorPage.PathOf("big__result"));
        var editor = new EditorPage(user);
        await editor.ReadyAsync();
        await editor.RunAsync("f");
        await editor.WaitForRunAsync();
        await Expect(user.Page.Locator(".result")).ToContainTextAsync("too much to show here");
        var download = await user.Page.RunAndWaitForDownloadAsync(() => user.Page.GetByRole(AriaRole.Button, new() { Name = "Download" }).ClickAsync());
        await using (var file = await download.CreateReadStreamAsync())
        {
            using var json = await JsonDocument.ParseAsync(file);
            json.RootElement.GetArrayLength().Should().Be(200_001);
            json.RootElement[200_000].GetRawText().Should().Be("12345678901234567890", "no digit is lost on the way");
        }

        await editor.TypeAndSaveAsync("# still usable\n");
        await editor.ShowAsync("log");
        await Expect(editor.Log).ToContainTextAsync("made");
        user.ShouldHaveNoComplaints();
    }

    [Fact]
    public async Task A_hundred_thousand_lines_of_log_are_scrolled_through()
    {
        await AddAsync("long__log", "def f():\n    for i in range(100000):\n        print(i)\n");
        await using var user = await browser.OpenAsync(EditorPage.PathOf("long__log"));
        var editor = new EditorPage(user);
        await editor.ReadyAsync();
        await editor.RunAsync("f");
        await editor.WaitForRunAsync();
        await editor.ShowAsync("log");
        await Expect(editor.Log).ToContainTextAsync("] 0");
        (await user.Page.Locator(".log .line").CountAsync()).Should().BeLessThan(200, "only what is in sight is in the page");
        var height = await editor.Log.EvaluateAsync<double>("log => log.scrollHeight");
        height.Should().BeGreaterThan(20 * 90_000);
        await editor.Log.EvaluateAsync("log => { log.scrollTop = 20 * 54321 }");
        await Expect(editor.Log).ToContainTextAsync((54321).ToString(CultureInfo.InvariantCulture));
        user.ShouldHaveNoComplaints();
    }

    private async Task AddAsync(string scriptId, string code, string? title = null)
    {
        var set = scriptId[..scriptId.IndexOf("__", StringComparison.Ordinal)];
        (await browser.Api.PostAsync("/api/v1/script-sets/do/add", new { data = new { id = set, title } })).RequireOk();
        (await browser.Api.PostAsync("/api/v1/scripts/do/add", new { data = new { id = scriptId, title, codeDraft = code } })).RequireOk();
    }
}
