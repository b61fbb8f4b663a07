using System.Globalization;
using Dff.Testing;
using FluentAssertions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Dff.Browser.Tests;

/// <summary>What was typed is not lost, whatever breaks.</summary>
public sealed class DraftSafetyTests(BrowserSilo browser)
{
    private const string Waiting = """
        def wait():
            import time
            print('begun')
            while DFF.ENV('network_back') != 'yes':
                time.sleep(0.02)
            print('ended')
            return 'the result'

        """;

    [Fact]
    public async Task What_is_typed_while_the_silo_is_down_is_saved_once_it_is_back()
    {
        using var directory = new TestDirectory();
        var silo = await SiloProcess.StartAsync(directory.Path);
        var ports = new Dictionary<string, string> { ["WEB_PORT"] = silo.WebPort.ToString(CultureInfo.InvariantCulture) };
        await using var user = await UserPage.OpenAsync(browser.Browser, silo, EditorPage.PathOf("sample__first_steps"));
        var editor = new EditorPage(user);
        await editor.ReadyAsync();
        await silo.KillAsync();
        await editor.AppendAsync("# typed while it was down\n");
        await editor.WaitForSaveAsync("offline");
        await silo.DisposeAsync();
        await using var again = await SiloProcess.StartAsync(directory.Path, ports);
        await editor.WaitForSaveAsync();
        (await DraftAsync(again.Api, "sample__first_steps")).Should().EndWith("# typed while it was down\n");
    }

    [Fact]
    public async Task What_the_server_does_not_have_outlives_the_page()
    {
        await AddAsync("safe__reload", "x = 1\n");
        await using var user = await browser.OpenAsync(EditorPage.PathOf("safe__reload"));
        var editor = new EditorPage(user);
        await editor.ReadyAsync();
        await user.Context.SetOfflineAsync(true);
        await editor.AppendAsync("y = 2\n");
        await editor.WaitForSaveAsync("offline");
        await user.Page.CloseAsync();
        await user.Context.SetOfflineAsync(false);
        var reopened = await user.Context.NewPageAsync();
        await reopened.GotoAsync(EditorPage.PathOf("safe__reload"));
        await Expect(reopened.Locator(".cm-content")).ToContainTextAsync("y = 2");
        await Eventually.TrueAsync(async () => await DraftAsync(browser.Api, "safe__reload") == "x = 1\ny = 2\n", "the kept draft is stored");
    }

    [Fact]
    public async Task Two_users_of_one_draft_choose_between_their_changes()
    {
        await AddAsync("safe__shared", "a = 1\n");
        await using var first = await browser.OpenAsync(EditorPage.PathOf("safe__shared"));
        await using var second = await browser.OpenAsync(EditorPage.PathOf("safe__shared"));
        var (one, two) = (new EditorPage(first), new EditorPage(second));
        await one.ReadyAsync();
        await two.ReadyAsync();
        await one.TypeAndSaveAsync("b = 2\n");
        await two.AppendAsync("c = 3\n");
        await two.WaitForSaveAsync("conflict");
        (await DraftAsync(browser.Api, "safe__shared")).Should().Be("a = 1\nb = 2\n", "nobody's text is replaced unasked");
        await two.Page.Locator("[data-action=compare]").ClickAsync();
        await Expect(two.Page.Locator(".cm-merge-a")).ToContainTextAsync("b = 2");
        await Expect(two.Page.Locator(".cm-merge-b")).ToContainTextAsync("c = 3");
        await two.Page.Locator("[data-action=mine]").ClickAsync();
        await two.WaitForSaveAsync();
        (await DraftAsync(browser.Api, "safe__shared")).Should().Be("a = 1\nc = 3\n");

        await one.AppendAsync("d = 4\n");
        await one.WaitForSaveAsync("conflict");
        await one.Page.Locator("[data-action=compare]").ClickAsync();
        await one.Page.Locator("[data-action=theirs]").ClickAsync();
        await one.WaitForSaveAsync();
        await Expect(one.Code).ToContainTextAsync("c = 3");
        await Expect(one.Code).Not.ToContainTextAsync("d = 4");
        first.ShouldHaveNoComplaints(but: "status of 409");
        second.ShouldHaveNoComplaints(but: "status of 409");
    }

    [Fact]
    public async Task A_session_that_ends_asks_for_the_password_over_the_page_and_keeps_the_draft()
    {
        await AddAsync("safe__session", "s = 1\n");
        using var own = new ApiClient(new Uri($"http://127.0.0.1:{browser.Silo.WebPort}"));
        var token = await own.SignInAsync(SiloProcess.Username, SiloProcess.Password);
        await using var user = await UserPage.OpenSignedOutAsync(browser.Browser, browser.Silo);
        await user.Context.AddInitScriptAsync($"localStorage.getItem('dff.token') ?? localStorage.setItem('dff.token', '{token}')");
        await user.Page.GotoAsync(EditorPage.PathOf("safe__session"));
        var editor = new EditorPage(user);
        await editor.ReadyAsync();
        (await own.GetAsync("/api/v1/auth/do/sign-out")).RequireOk();
        await editor.AppendAsync("t = 2\n");
        var dialog = user.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync("Your session has ended");
        await Expect(editor.Code).ToContainTextAsync("t = 2");
        await dialog.Locator("[name=password]").FillAsync(SiloProcess.Password);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await editor.WaitForSaveAsync();
        (await DraftAsync(browser.Api, "safe__session")).Should().Be("s = 1\nt = 2\n");
        user.ShouldHaveNoComplaints(but: "status of 401");
    }

    [Fact]
    public async Task A_network_cut_in_the_middle_of_a_run_hides_neither_log_nor_result()
    {
        await AddAsync("safe__cut", Waiting);
        await using var network = new CuttableNetwork(browser.Silo.WebPort);
        await using var user = await UserPage.OpenAsync(browser.Browser, browser.Silo, EditorPage.PathOf("safe__cut"), port: network.Port);
        var editor = new EditorPage(user);
        await editor.ReadyAsync();
        await editor.RunAsync("wait");
        await Expect(editor.Log).ToContainTextAsync("begun");
        network.Cut();
        await editor.WaitForRunAsync("disconnected");
        (await browser.Api.PostAsync("/api/v1/env-variables/do/add", new { data = new { id = "network_back", valueTEXT = "yes" } })).RequireOk();
        network.Mend();
        await editor.WaitForRunAsync();
        await Expect(user.Page.Locator(".result")).ToHaveTextAsync("the result");
        await editor.ShowAsync("log");
        await Expect(editor.Log).ToContainTextAsync("ended");
    }

    [Fact]
    public async Task A_page_that_finds_no_server_goes_on_by_itself()
    {
        await using var user = await UserPage.OpenSignedOutAsync(browser.Browser, browser.Silo);
        await user.Context.AddInitScriptAsync($"localStorage.setItem('dff.token', '{browser.Api.Token}')");
        await user.Page.RouteAsync("**/api/v1/setup/do/status", route => route.AbortAsync());
        await user.Page.GotoAsync("/env-variables?search=greeting");
        await Expect(user.Page.GetByText("The server does not answer")).ToBeVisibleAsync();
        await user.Page.UnrouteAllAsync();
        await user.ArriveAsync("/env-variables?search=greeting");
        await Expect(user.Page.Locator(".el-table")).ToContainTextAsync("sample_greeting");
    }

    private static async Task<string> DraftAsync(ApiClient api, string scriptId) =>
        (string)(await api.GetAsync($"/api/v1/scripts/{scriptId}/do/get")).RequireOk().Data!["codeDraft"]!;

    private async Task AddAsync(string scriptId, string code)
    {
        var set = scriptId[..scriptId.IndexOf("__", StringComparison.Ordinal)];
        await browser.Api.PostAsync("/api/v1/script-sets/do/add", new { data = new { id = set } });
        (await browser.Api.PostAsync("/api/v1/scripts/do/add", new { data = new { id = scriptId, codeDraft = code } })).RequireOk();
    }
}
