using FluentAssertions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Dff.Browser.Tests;

/// <summary>What the editor knows and does for who writes in it.</summary>
public sealed class EditorHelpTests(BrowserSilo browser)
{
    [Fact]
    public async Task A_syntax_error_is_underlined_while_it_is_typed_and_listed()
    {
        await using var user = await OpenAsync("help__syntax", "x = 1\n");
        var editor = new EditorPage(user);
        await editor.AppendAsync("def f(:\n    pass\n");
        await user.Page.Locator(".cm-lintRange-error").WaitForAsync();
        await editor.ShowAsync("problems");
        var problem = user.Page.Locator(".problems button");
        await Expect(problem).ToContainTextAsync("2:7");
        await Expect(problem).ToContainTextAsync("invalid syntax");
        await editor.ReplaceAsync("def f():\n    pass\n");
        await Expect(user.Page.Locator(".problems")).ToContainTextAsync("Python finds nothing wrong.");
        user.ShouldHaveNoComplaints();
    }

    [Theory]
    [InlineData("DFF.EN", "ENV", "(id)")]
    [InlineData("DFF.STORE.se", "set", "(key, value, scope=None, expire=None, not_exists=False)")]
    [InlineData("DFF.ENV('sample_gr", "sample_greeting", "Sample: how people are greeted")]
    [InlineData("import sample__fi", "sample__first_steps", "First steps")]
    [InlineData("from sample__first_steps import gre", "greet", null)]
    [InlineData("DFF.FUNC('sample__first_steps.ad", "sample__first_steps.add", null)]
    [InlineData("def my_own_function():\n    pass\n\nmy_ow", "my_own_function", null)]
    public async Task Names_are_completed(string typed, string expected, string? detail)
    {
        await using var user = await OpenAsync("help__completion", "");
        var editor = new EditorPage(user);
        await editor.ReplaceAsync(typed[..^1]);
        await user.Page.Keyboard.TypeAsync(typed[^1..]);
        var option = user.Page.Locator(".cm-tooltip-autocomplete li").Filter(new() { Has = user.Page.GetByText(expected, new() { Exact = true }) }).First;
        await option.WaitForAsync();
        if (detail is not null) await Expect(option.Locator(".cm-completionDetail")).ToHaveTextAsync(detail);
        await option.ClickAsync();
        await Expect(editor.Code).ToContainTextAsync(expected);
        user.ShouldHaveNoComplaints();
    }

    [Fact]
    public async Task Functions_are_found_by_outline_and_search()
    {
        await using var user = await OpenAsync("help__search", "def first():\n    pass\n\n\ndef second():\n    pass\n");
        var editor = new EditorPage(user);
        await user.Page.Locator(".outline .entry").Filter(new() { HasText = "second" }).ClickAsync();
        (await editor.ActiveLineAsync()).Should().Be("5");
        await user.Page.Keyboard.PressAsync("Control+p");
        await user.Page.GetByRole(AriaRole.Combobox, new() { Name = "Go to a script or function" }).FillAsync("greet_by");
        await Expect(user.Page.Locator("#quick-open-list li").First).ToContainTextAsync("greet_by_setting");
        await user.Page.Keyboard.PressAsync("Enter");
        await user.ArriveAsync("/editor/sample__first_steps");
        await Expect(user.Page.Locator(".cm-activeLine")).ToContainTextAsync("def greet_by_setting");
        user.ShouldHaveNoComplaints();
    }

    [Fact]
    public async Task Ctrl_Enter_runs_the_function_at_the_cursor_with_the_arguments_of_the_last_time()
    {
        await using var user = await OpenAsync("help__run", "def double(x: int):\n    return x * 2\n\n\ndef other():\n    return 'other'\n");
        var editor = new EditorPage(user);
        await user.Page.Locator(".outline .entry").Filter(new() { HasText = "double" }).ClickAsync();
        await editor.FillAsync("x", "21");
        await editor.Code.FocusAsync();
        await user.Page.Keyboard.PressAsync("Control+Enter");
        await Expect(user.Page.Locator(".result")).ToHaveTextAsync("42");
        await user.Page.ReloadAsync();
        await editor.ReadyAsync();
        await user.Page.Locator(".outline .entry").Filter(new() { HasText = "double" }).ClickAsync();
        await Expect(user.Page.Locator("#arg-x")).ToHaveValueAsync("21");
        await editor.Code.FocusAsync();
        await user.Page.Keyboard.PressAsync("Control+Enter");
        await Expect(user.Page.Locator(".result")).ToHaveTextAsync("42");
        user.ShouldHaveNoComplaints();
    }

    [Fact]
    public async Task A_published_version_is_taken_back_into_the_draft()
    {
        await browser.Api.PublishAsync("help__versions", "@DFF.API()\ndef f():\n    return 'first'\n");
        await browser.Api.PublishAsync("help__versions", "@DFF.API()\ndef f():\n    return 'second'\n");
        await using var user = await browser.OpenAsync(EditorPage.PathOf("help__versions"));
        var editor = new EditorPage(user);
        await editor.ReadyAsync();
        await user.Page.Locator("[data-action=versions]").ClickAsync();
        var dialog = user.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Version 1" }).ClickAsync();
        await Expect(dialog.Locator(".cm-merge-a")).ToContainTextAsync("'first'");
        await Expect(dialog.Locator(".cm-merge-b")).ToContainTextAsync("'second'");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Take into the draft" }).ClickAsync();
        await Expect(editor.Code).ToContainTextAsync("'first'");
        await editor.WaitForSaveAsync();
        await editor.PublishAsync("Back to the first");
        (await browser.Api.CallAsync("help__versions.f", options: new { unfold = true })).Text.Should().Be("first");
        user.ShouldHaveNoComplaints();
    }

    [Fact]
    public async Task Scripts_are_added_named_locked_and_deleted_in_the_tree()
    {
        await using var user = await browser.OpenAsync("/editor");
        var page = user.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a script set" }).ClickAsync();
        await page.Locator("[name=id]").FillAsync("1 wrong");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.Locator(".el-form-item__error")).ToContainTextAsync("a script set ID is a letter");
        await page.Locator("[name=id]").FillAsync("tree");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await ChooseAsync(page, "tree", "Add a script");
        await page.Locator("[name=id]").FillAsync("one");
        await page.Locator("[name=title]").FillAsync("Before");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await user.ArriveAsync("/editor/tree__one");
        await ChooseAsync(page, "tree__one", "Title and description");
        await page.Locator("[name=title]").FillAsync("After");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.Locator(".tree")).ToContainTextAsync("After");
        await ChooseAsync(page, "tree__one", "Lock for me");
        await Expect(page.Locator(".tree .mark").First).ToBeVisibleAsync();
        await ChooseAsync(page, "tree__one", "Unlock");
        await ChooseAsync(page, "tree", "Delete");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Delete the script set tree?");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Expect(page.Locator(".tree")).Not.ToContainTextAsync("After");
        user.ShouldHaveNoComplaints(but: "status of 400");
    }

    [Fact]
    public async Task An_address_leads_to_a_line_and_an_unknown_script_is_told()
    {
        await using var user = await OpenAsync("help__line", "a = 1\nb = 2\nc = 3\n");
        await user.Page.GotoAsync("/editor/help__line?line=3");
        await Expect(user.Page.Locator(".cm-activeLine")).ToHaveTextAsync("c = 3");
        await user.Page.GotoAsync("/editor/help__gone");
        await Expect(user.Page.GetByText("There is no script help__gone.")).ToBeVisibleAsync();
        user.ShouldHaveNoComplaints(but: "status of 404");
    }

    private static async Task ChooseAsync(IPage page, string id, string item)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = $"Menu of {id}", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = item }).ClickAsync();
        await page.GetByRole(AriaRole.Menu).WaitForAsync(new() { State = WaitForSelectorState.Hidden });
    }

    private async Task<UserPage> OpenAsync(string scriptId, string code)
    {
        await browser.Api.PostAsync("/api/v1/script-sets/do/add", new { data = new { id = "help" } });
        await browser.Api.PostAsync("/api/v1/scripts/do/add", new { data = new { id = scriptId, codeDraft = code } });
        var user = await browser.OpenAsync(EditorPage.PathOf(scriptId));
        await new EditorPage(user).ReadyAsync();
        return user;
    }
}
