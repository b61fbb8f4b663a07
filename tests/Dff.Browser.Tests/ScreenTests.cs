using System.Text.Json;
using Dff.Testing;
using FluentAssertions;
using Microsoft.Playwright;

namespace Dff.Browser.Tests;

/// <summary>
/// Every page and dialog in both languages and themes: the browser has nothing to complain about, and axe finds nothing serious. The pictures in
/// <c>artifacts/screenshots</c> are for people to look at.
/// </summary>
public sealed class ScreenTests(BrowserSilo browser)
{
    private static readonly string Pictures = Path.Combine(Repository.Root, "artifacts", "screenshots");
    private static readonly string Axe = File.ReadAllText(Path.Combine(Repository.Root, "src", "Dff.Web", "client", "node_modules", "axe-core", "axe.min.js"));

    private const string Sample = """
        @DFF.API('Rows', kwargs_hint={'kind': {'type': 'enum', 'in': ['a', 'b']}})
        def rows(count: int = 3, kind='a', exact=False, options: dict = None, **more):
            '''Makes a table.

            count: how many rows'''
            for index in range(count):
                print('row', index)
            return [{'id': index, 'kind': kind, 'name': f'Name {index}', 'tags': ['x', 'y']} for index in range(count)]


        @DFF.API('Fails')
        def fails(x=0):
            total = {'a': 1}
            return total['a'] / x


        def broken(:

        """;

    public static TheoryData<string, string, int, int> Looks()
    {
        var looks = new TheoryData<string, string, int, int>();
        foreach (var language in (string[])["en", "zh"])
        {
            foreach (var theme in (string[])["light", "dark"])
            {
                looks.Add(language, theme, 1280, 720);
                looks.Add(language, theme, 1920, 1080);
            }
        }

        return looks;
    }

    [Theory, MemberData(nameof(Looks))]
    public async Task The_editor_is_well_made(string language, string theme, int width, int height)
    {
        var look = new Look(language, theme, width, height);
        await PrepareAsync();
        await using var user = await browser.OpenAsync(EditorPage.PathOf("looks__sample"), look);
        var page = user.Page;
        await page.Locator(".cm-lintRange-error").WaitForAsync();
        await LookAsync(user, look, "editor-problem");
        await page.GotoAsync(EditorPage.PathOf("looks__works"));
        await page.Locator(".cm-run").First.ClickAsync();
        await page.Locator("[data-state=done]").WaitForAsync();
        await LookAsync(user, look, "editor-tree");
        await page.Locator(".forms label").Nth(2).ClickAsync();
        await LookAsync(user, look, "editor-table");
        await page.Locator("[data-tab=log]").ClickAsync();
        await LookAsync(user, look, "editor-log");
        await page.Locator(".cm-run").Nth(1).ClickAsync();
        await page.Locator(".error .message").WaitForAsync();
        await LookAsync(user, look, "editor-error");
        await page.Keyboard.PressAsync("Control+p");
        await page.Locator("#quick-open-list li").First.WaitForAsync();
        await LookAsync(user, look, "editor-quick-open");
        await page.Keyboard.PressAsync("Escape");
        await page.Locator("[data-action=publish-dialog]").ClickAsync();
        await page.Locator(".cm-mergeView").WaitForAsync();
        await LookAsync(user, look, "editor-publish");
        await page.GetByRole(AriaRole.Dialog).Locator(".el-dialog__headerbtn").ClickAsync();
        await page.Locator("[data-action=versions]").ClickAsync();
        await page.Locator(".versions .cm-mergeView").WaitForAsync();
        await LookAsync(user, look, "editor-versions");
        user.ShouldHaveNoComplaints(but: "status of 599");
    }

    [Theory, MemberData(nameof(Looks))]
    public async Task The_other_pages_are_well_made(string language, string theme, int width, int height)
    {
        var look = new Look(language, theme, width, height);
        await PrepareAsync();
        await using var user = await browser.OpenAsync("/auth-links", look);
        var page = user.Page;
        await page.Locator(".el-table__row").First.WaitForAsync();
        await LookAsync(user, look, "auth-links");
        await page.GotoAsync("/auth-links?create=looks__works.rows");
        await page.Locator(".argument").First.WaitForAsync();
        await LookAsync(user, look, "auth-link-new");
        await page.GotoAsync("/auth-links?call=looks");
        await page.Locator(".el-drawer__body").WaitForAsync();
        await LookAsync(user, look, "auth-link-call");
        await page.GotoAsync("/env-variables");
        await page.Locator(".el-table__row").First.WaitForAsync();
        await LookAsync(user, look, "env-variables");
        await page.Locator(".head .el-button--primary").ClickAsync();
        await page.Locator("[name=valueTEXT]").WaitForAsync();
        await LookAsync(user, look, "env-variable-new");
        await page.GotoAsync("/no-such-page");
        await page.Locator(".el-empty").WaitForAsync();
        await LookAsync(user, look, "not-found");
        await using var stranger = await UserPage.OpenSignedOutAsync(browser.Browser, browser.Silo, look);
        await stranger.Page.GotoAsync("/");
        await stranger.Page.Locator("[name=password]").WaitForAsync();
        await LookAsync(stranger, look, "sign-in");
        user.ShouldHaveNoComplaints();
        stranger.ShouldHaveNoComplaints();
    }

    [Fact]
    public async Task The_set_up_page_is_well_made()
    {
        using var directory = new TestDirectory();
        await using var silo = await SiloProcess.StartAsync(directory.Path, isSetUp: false);
        foreach (var row in Looks())
        {
            var (language, theme, width, height) = row.Data;
            var look = new Look(language, theme, width, height);
            await using var user = await UserPage.OpenSignedOutAsync(browser.Browser, silo, look);
            await user.Page.GotoAsync("/");
            await user.Page.GetByText("sqlite").WaitForAsync();
            await LookAsync(user, look, "set-up");
            user.ShouldHaveNoComplaints();
        }
    }

    private async Task PrepareAsync()
    {
        var works = Sample[..Sample.IndexOf("def broken", StringComparison.Ordinal)];
        if (!(await browser.Api.PostAsync("/api/v1/script-sets/do/add", new { data = new { id = "looks", title = "How things look" } })).IsOk) return;
        (await browser.Api.PostAsync("/api/v1/scripts/do/add", new { data = new { id = "looks__sample", title = "With an error", codeDraft = Sample } })).RequireOk();
        await browser.Api.PublishAsync("looks__works", "def rows():\n    return []\n");
        await browser.Api.PublishAsync("looks__works", works);
        (await browser.Api.PostAsync("/api/v1/scripts/looks__works/do/modify", new { data = new { title = "Without", codeDraft = works.Replace("Name {", "Title {", StringComparison.Ordinal) } })).RequireOk();
        await browser.Api.AddLinkAsync("looks", "looks__works.rows", new { count = "FROM_PARAMETER", kind = "b" }, new { bySecond = 10, byHour = 500 });
    }

    /// <summary>Takes a picture, and asks axe.</summary>
    private static async Task LookAsync(UserPage user, Look look, string name)
    {
        // Nothing is judged in the middle of a fade.
        await user.Page.WaitForFunctionAsync("() => document.getAnimations().every(animation => animation.playState !== 'running')");
        await user.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Pictures, $"{name}-{look}.png") });
        await user.Page.EvaluateAsync(Axe);
        var findings = await user.Page.EvaluateAsync<JsonElement>(
            "async () => (await axe.run()).violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')"
            + ".map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 5).map(({ html, any }) => html.slice(0, 200) + ' ' + any.map(({ message }) => message).join()).join(' | ')}`)");
        findings.EnumerateArray().Select(finding => finding.GetString()).Should().BeEmpty($"axe finds nothing serious on {name} in {look}");
    }
}
