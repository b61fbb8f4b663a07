using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Dff.Browser.Tests;

/// <summary>From the first start to an answer over HTTP, as a new user goes.</summary>
public sealed class MainJobTests(BrowserSilo browser)
{
    private const string Username = "founder";
    private const string Password = "a-password-of-my-own";

    private const string SlowSum = """

        @DFF.API('Slow sum')
        def slow_sum(x, y=2):
            '''Adds when the env variable go says so.'''
            import time
            print('waiting for go')
            while DFF.ENV('go') != 'yes':
                time.sleep(0.02)
            return {'sum': x + y, 'parts': [x, y]}


        @DFF.API('Division')
        def divide(x, y):
            return x / y

        """;

    [Fact]
    public async Task A_new_user_sets_up_writes_runs_publishes_and_shares_a_function()
    {
        using var directory = new TestDirectory();
        await using var silo = await SiloProcess.StartAsync(directory.Path, isSetUp: false);
        await using var user = await UserPage.OpenSignedOutAsync(browser.Browser, silo);
        await SetUpAsync(user, silo);
        var editor = new EditorPage(user);
        await EditAndRunAsync(editor, silo);
        await FailAndJumpAsync(editor);
        await editor.PublishAsync("Slow sum and division");
        await Expect(user.Page.GetByText("Version 2", new() { Exact = true })).ToBeVisibleAsync();
        var address = await ShareAsync(user);
        (await CallAsync(address, new { x = 40 })).Should().Be(42);
        await ChangeAndPublishAsync(user, editor);
        (await CallAsync(address, new { x = 40 })).Should().Be(142);
        // A function that raises answers with a status of its own, which the browser notes.
        user.ShouldHaveNoComplaints(but: "status of 599");
    }

    private static async Task SetUpAsync(UserPage user, SiloProcess silo)
    {
        var page = user.Page;
        await page.GotoAsync("/");
        await user.ArriveAsync("/set-up");
        await Expect(page.GetByText("sqlite")).ToBeVisibleAsync();
        await page.Locator("[name=username]").FillAsync(Username);
        await page.Locator("[name=password]").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Create the administrator" }).ClickAsync();
        await user.ArriveAsync("/editor/sample__first_steps");
        await Expect(page.Locator(".cm-content")).ToContainTextAsync("def greet");
        await silo.Api.SignInAsync(Username, Password);
    }

    private static async Task EditAndRunAsync(EditorPage editor, SiloProcess silo)
    {
        await editor.TypeAndSaveAsync(SlowSum);
        await editor.RunAsync("slow_sum");
        await Expect(editor.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("This argument is required.");
        await editor.FillAsync("x", "40");
        await editor.RunAsync("slow_sum");
        await Expect(editor.Log).ToContainTextAsync("waiting for go");
        await Expect(editor.RunState).ToHaveAttributeAsync("data-state", "running");
        (await silo.Api.PostAsync("/api/v1/env-variables/do/add", new { data = new { id = "go", valueTEXT = "yes" } })).RequireOk();
        await editor.WaitForRunAsync();
        await Expect(editor.Page.Locator(".result")).ToContainTextAsync("sum: 42");
    }

    private static async Task FailAndJumpAsync(EditorPage editor)
    {
        // First for its form, which says what is missing; then with what makes it fail.
        await editor.RunAsync("divide");
        await editor.FillAsync("x", "1");
        await editor.FillAsync("y", "0");
        await editor.Code.FocusAsync();
        await editor.Page.Keyboard.PressAsync("Control+Home");
        await editor.RunAsync("divide");
        await Expect(editor.ErrorText).ToHaveTextAsync("ZeroDivisionError: division by zero");
        await editor.Page.Locator(".frames .place").ClickAsync();
        var line = await editor.ActiveLineAsync();
        (await editor.Page.Locator(".cm-activeLine").InnerTextAsync()).Trim().Should().Be("return x / y", $"line {line} is the one");
    }

    private static async Task<Uri> ShareAsync(UserPage user)
    {
        var page = user.Page;
        // The function at the cursor is the one that is shared.
        await page.Locator(".outline .entry").Filter(new() { HasText = "slow_sum" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "New auth link" }).ClickAsync();
        var drawer = page.GetByRole(AriaRole.Dialog);
        await Expect(drawer).ToContainTextAsync("slow_sum(x, y=2)");
        await drawer.Locator("[name=id]").FillAsync("sum");
        await drawer.GetByRole(AriaRole.Button, new() { Name = "Create", Exact = false }).ClickAsync();
        await Expect(page.Locator(".el-table")).ToContainTextAsync("sample__first_steps.slow_sum");
        return new Uri(new Uri(page.Url), "/api/v1/al/sum");
    }

    private static async Task ChangeAndPublishAsync(UserPage user, EditorPage editor)
    {
        await user.Page.GotoAsync("/editor/sample__first_steps?func=slow_sum");
        await editor.ReadyAsync();
        var text = string.Join('\n', await user.Page.Locator(".cm-line").AllInnerTextsAsync());
        text.Should().Contain("'sum': x + y");
        await editor.Code.FocusAsync();
        await user.Page.Keyboard.PressAsync("Control+f");
        await user.Page.Locator(".cm-search [name=search]").FillAsync("'sum': x + y");
        await user.Page.Locator(".cm-search input[name=replace]").FillAsync("'sum': x + y + 100");
        await user.Page.Locator(".cm-search [name=replaceAll]").ClickAsync();
        await user.Page.Keyboard.PressAsync("Escape");
        await editor.PublishAsync();
    }

    private static async Task<int> CallAsync(Uri address, object kwargs)
    {
        using var http = new HttpClient();
        var response = await http.PostAsJsonAsync(address, new { kwargs });
        var text = await response.Content.ReadAsStringAsync();
        response.IsSuccessStatusCode.Should().BeTrue(text);
        return (int)JsonNode.Parse(text)!["sum"]!;
    }
}
