using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>What guessing passwords meets. Each test comes from addresses of its own, through a proxy that the silo trusts.</summary>
public sealed partial class SignInTests : IAsyncLifetime
{
    private readonly TestDirectory _directory = new();
    private SiloProcess? _silo;

    private SiloProcess Silo => _silo!;

    public async ValueTask InitializeAsync() =>
        _silo = await SiloProcess.StartAsync(_directory.Path, new Dictionary<string, string> { ["WEB_TRUSTED_PROXIES"] = "127.0.0.0/8", ["WORKER_QUEUES"] = "none" });

    public async ValueTask DisposeAsync()
    {
        if (_silo is not null) await _silo.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task An_unknown_user_is_answered_as_a_wrong_password_is_and_after_the_same_work()
    {
        const int Tries = 6;
        async Task<TimeSpan> WorkOfAsync(string username, string network)
        {
            var before = ProcessorTime();
            for (var number = 0; number < Tries; number++)
            {
                var answer = await SignInAsync(username, "a-wrong-password", $"{network}.{number}");
                (answer.Status, answer.Reason, (string)answer.Json["message"]!).Should().Be((HttpStatusCode.BadRequest, "EUserPassword", "The user name or the password is wrong"));
                // Three failures of one name ask for a captcha, so each try is followed by a success or names another user.
                if (username == SiloProcess.Username) (await SignInAsync(username, SiloProcess.Password, $"{network}.{number}")).RequireOk();
                else (await SignInAsync(SiloProcess.Username, SiloProcess.Password, $"{network}.{number}")).RequireOk();
                if (username != SiloProcess.Username) username += "x";
            }

            return ProcessorTime() - before;
        }

        await WorkOfAsync(SiloProcess.Username, "10.9.9");
        var known = await WorkOfAsync(SiloProcess.Username, "10.1.1");
        var unknown = await WorkOfAsync("nobody", "10.1.2");

        // Two hashes a round, one of them for the success: without the other one it would be half of it.
        (unknown / known).Should().BeGreaterThan(0.75, $"known {known}, unknown {unknown}");
    }

    [Fact]
    public async Task Changing_the_password_asks_for_a_captcha_after_three_wrong_ones_and_ends_at_twenty()
    {
        using var user = await Silo.Api.AddUserAsync("guesser", "first-password-1", ["user"]);

        for (var number = 0; number < 3; number++) (await ChangeAsync(user, "wrong", "second-password-1", "10.2.0.1")).Reason.Should().Be("EUserPassword");
        var asked = await ChangeAsync(user, "first-password-1", "second-password-1", "10.2.0.2");
        (asked.Reason, (bool)asked.Json["detail"]!["captchaRequired"]!).Should().Be(("EUserCaptcha", true));
        (await user.GetAsync("/api/v1/auth/profile/do/get")).RequireOk();

        await user.GetAsync("/api/v1/captcha/do/get?captchaCategory=changePassword&captchaToken=t1");
        (await ChangeAsync(user, "first-password-1", "second-password-1", "10.2.0.3", "t1", "not it")).Reason.Should().Be("EUserCaptcha");
        (await SignInAsync("guesser", "first-password-1", "10.2.0.4")).Reason.Should().Be("EUserCaptcha", "the two count together");
    }

    private Task<ApiAnswer> SignInAsync(string username, string password, string address) =>
        SendAsync(Silo.Api.Stranger(), "/api/v1/auth/do/sign-in", new { signIn = new { username, password } }, address);

    private static Task<ApiAnswer> ChangeAsync(ApiClient user, string oldPassword, string newPassword, string address, string? captchaToken = null, string? captcha = null) =>
        SendAsync(user, "/api/v1/auth/do/change-password", new { captchaToken, captcha, changePassword = new { oldPassword, newPassword } }, address);

    private static Task<ApiAnswer> SendAsync(ApiClient client, string path, object body, string address)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = System.Net.Http.Json.JsonContent.Create(body) };
        request.Headers.Add("X-Forwarded-For", address);
        return client.SendAsync(request);
    }

    /// <summary>What the silo has used of the processors, from /proc.</summary>
    private TimeSpan ProcessorTime()
    {
        var fields = AfterName().Match(File.ReadAllText($"/proc/{Silo.Id}/stat")).Groups[1].Value.Split(' ');
        var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        return TimeSpan.FromMilliseconds(ticks * 10);
    }

    [GeneratedRegex(@"^.*\) (.*)$", RegexOptions.Singleline)]
    private static partial Regex AfterName();
}
