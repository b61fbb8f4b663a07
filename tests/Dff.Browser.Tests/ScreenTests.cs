using Dff.Testing;
using Microsoft.Playwright;

namespace Dff.Browser.Tests;

/// <summary>Every page in both languages and themes. The pictures are for people to look at; what is tested is that the browser has nothing to complain about.</summary>
public sealed class ScreenTests(BrowserSilo silo)
{
    private static readonly string Pictures = Path.Combine(Repository.Root, "artifacts", "screenshots");

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
    public async Task Every_page_is_shown_without_a_complaint_of_the_browser(string language, string theme, int width, int height)
    {
        var look = new Look(language, theme, width, height);
        await using var user = await silo.OpenAsync("/editor/sample__first_steps", look);
        await user.Page.Locator(".cm-content").WaitForAsync();
        await user.Page.Locator(".cm-run").First.ClickAsync();
        await user.Page.Locator("[data-state=done]").WaitForAsync();
        await PictureAsync(user, look, "editor");
        await user.Page.GotoAsync("/env-variables");
        await user.Page.GetByText("sample_greeting").First.WaitForAsync();
        await PictureAsync(user, look, "env-variables");
        user.ShouldHaveNoComplaints();
    }

    private static Task PictureAsync(UserPage user, Look look, string name) =>
        user.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Pictures, $"{name}-{look}.png") });
}
