using Microsoft.Playwright;

namespace Dff.Browser.Tests;

/// <summary>The editor as a user handles it.</summary>
public sealed class EditorPage(UserPage user)
{
    public IPage Page => user.Page;

    public ILocator Code => Page.Locator(".cm-content").First;

    /// <summary>The word about saving above the text.</summary>
    public ILocator SaveState => Page.Locator(".bar .state");

    public ILocator RunState => Page.Locator(".summary");

    public ILocator Log => Page.Locator(".log");

    public ILocator ErrorText => Page.Locator(".error .message");

    public static string PathOf(string scriptId) => $"/editor/{scriptId}";

    public async Task ReadyAsync() => await Code.WaitForAsync();

    /// <summary>Puts the cursor behind the text and inserts, as pasting does.</summary>
    public async Task AppendAsync(string text)
    {
        await Code.FocusAsync();
        await Page.Keyboard.PressAsync("Control+End");
        await Page.Keyboard.InsertTextAsync(text);
    }

    public async Task ReplaceAsync(string text)
    {
        await Code.FocusAsync();
        await Page.Keyboard.PressAsync("Control+a");
        await Page.Keyboard.InsertTextAsync(text);
    }

    public Task WaitForSaveAsync(string state = "saved") => Page.Locator($".bar .state[data-state={state}]").WaitForAsync();

    public async Task TypeAndSaveAsync(string text)
    {
        await AppendAsync(text);
        await Page.Keyboard.PressAsync("Control+s");
        await WaitForSaveAsync();
    }

    /// <summary>Runs by the button in the outline.</summary>
    public Task RunAsync(string function) => Page.Locator(".outline").GetByRole(AriaRole.Button, new() { Name = $"Run {function}", Exact = true }).ClickAsync();

    public Task WaitForRunAsync(string state = "done") => Page.Locator($".summary[data-state={state}]").WaitForAsync();

    public Task ShowAsync(string tab) => Page.Locator($"[data-tab={tab}]").ClickAsync();

    public Task FillAsync(string argument, string value) => Page.Locator($"#arg-{argument}").FillAsync(value);

    public async Task PublishAsync(string? note = null)
    {
        await Page.Locator("[data-action=publish-dialog]").ClickAsync();
        var dialog = Page.GetByRole(AriaRole.Dialog);
        await dialog.Locator(".cm-mergeView").WaitForAsync();
        if (note is not null) await dialog.Locator("[name=note]").FillAsync(note);
        await dialog.Locator("[data-action=publish]").ClickAsync();
        await dialog.WaitForAsync(new() { State = WaitForSelectorState.Hidden });
    }

    /// <summary>The number of the line with the cursor.</summary>
    public Task<string> ActiveLineAsync() => Page.Locator(".cm-lineNumbers .cm-activeLineGutter").InnerTextAsync();
}
