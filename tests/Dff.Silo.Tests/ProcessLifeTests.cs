using System.Diagnostics;
using System.Net;
using System.Text;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Starting, stopping, dying, and what is there afterwards; each test with a process of its own.</summary>
public sealed class ProcessLifeTests
{
    [Fact]
    public async Task The_quick_start_of_the_readme_works_as_printed()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"));
        var script = string.Concat(readme.Split("<!-- quick-start").Skip(1).Select(marked => marked.Split("```bash\n")[1].Split("```")[0]));
        readme.Should().Contain("DFF_ADMIN_PASSWORD='choose-a-good-one' ./run.sh");
        using var directory = new TestDirectory();
        await using var silo = await SiloProcess.StartAsync(directory.Path, new Dictionary<string, string> { ["ADMIN_PASSWORD"] = "choose-a-good-one" });

        var output = await RunAsync("bash", ["-eu", "-c", script.Replace("127.0.0.1:8088", $"127.0.0.1:{silo.WebPort}", StringComparison.Ordinal)]);

        output.Should().Contain("Hello, world!Hello, again!Hello, later!['20").And.NotContain("\"ok\":false");
    }

    [Fact]
    public async Task Set_up_is_asked_for_once_and_everything_else_is_closed_until_then()
    {
        using var directory = new TestDirectory();
        await using var silo = await SiloProcess.StartAsync(directory.Path, isSetUp: false);
        var api = silo.Api;

        (await api.GetAsync("/api/v1/do/ping")).RequireOk();
        (await api.GetAsync("/api/v1/scripts/do/list")).Reason.Should().Be("EBizCondition.NotInitialized");
        ((bool)(await api.GetAsync("/api/v1/setup/do/status")).Data!["initialized"]!).Should().BeFalse();
        (await api.PostAsync("/api/v1/setup/do/run", new { username = "root", password = "short" })).Reason.Should().Be("EClientBadRequest");
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => api.PostAsync("/api/v1/setup/do/run", new { username = "root", password = "long enough" })));
        answers.Count(answer => answer.IsOk).Should().Be(1);
        answers.Where(answer => !answer.IsOk).Should().OnlyContain(answer => answer.Reason == "EBizCondition.AlreadyInitialized");
        api.Token = (string)answers.Single(answer => answer.IsOk).Data!["xAuthToken"]!;
        ((int)(await api.CallAsync("sample__first_steps.add", new { x = 1, y = 2 })).Data!["result"]!).Should().Be(3);
        ((string)(await api.CallAsync("sample__first_steps.greet_by_setting")).Data!["result"]!).Should().Be("Hello, world!");
    }

    [Fact]
    public async Task Set_up_from_elsewhere_needs_the_token_of_the_log()
    {
        using var directory = new TestDirectory();
        await using var silo = await SiloProcess.StartAsync(directory.Path, isSetUp: false);
        var request = () => new HttpRequestMessage(HttpMethod.Post, "/api/v1/setup/do/run") { Headers = { { "X-Forwarded-For", "203.0.113.9" } } };
        var without = request();
        without.Content = new StringContent("""{"username":"root","password":"long enough"}""", Encoding.UTF8, "application/json");

        (await silo.Api.SendAsync(without)).Reason.Should().Be("EClientBadRequest");

        var token = silo.Output.Split("set-up token: ")[1].Split('\n')[0].Trim();
        var with = request();
        with.Content = new StringContent($$"""{"username":"root","password":"long enough","setupToken":"{{token}}"}""", Encoding.UTF8, "application/json");
        (await silo.Api.SendAsync(with)).RequireOk();
    }

    [Fact]
    public async Task A_second_node_on_the_same_data_is_refused_with_one_line()
    {
        using var directory = new TestDirectory();
        await using var first = await SiloProcess.StartAsync(directory.Path);
        await using var second = SiloProcess.Launch(directory.Path);

        await second.WaitForExitAsync();

        second.ExitCode.Should().Be(2);
        second.Output.Trim().Should().Contain("DATA_DIR").And.Contain(directory.Path).And.NotContain("\n");
    }

    [Fact]
    public async Task A_port_that_is_taken_is_refused_with_one_line()
    {
        using var directory = new TestDirectory();
        using var other = new TestDirectory();
        await using var first = await SiloProcess.StartAsync(directory.Path);
        await using var second = SiloProcess.Launch(other.Path, new Dictionary<string, string> { ["WEB_PORT"] = first.WebPort.ToString(System.Globalization.CultureInfo.InvariantCulture), ["LOG_LEVEL"] = "NONE" });

        await second.WaitForExitAsync();

        second.ExitCode.Should().Be(2);
        second.Output.Should().Contain("WEB_PORT");
    }

    [Fact]
    public async Task Stopping_lets_calls_under_way_finish()
    {
        using var directory = new TestDirectory();
        await using var silo = await SiloProcess.StartAsync(directory.Path);
        await silo.Api.PublishAsync("stop__a", "import time, os\n@DFF.API('F')\ndef f(path):\n    open(path, 'w').close()\n    time.sleep(2)\n    return 'finished'\n");
        using var scratch = new TestDirectory();
        File.SetUnixFileMode(scratch.Path, (UnixFileMode)0x1FF);
        var began = scratch.Combine("began");
        var call = silo.Api.CallAsync("stop__a.f", new { path = began });
        await Eventually.TrueAsync(() => File.Exists(began), "the call runs");

        silo.Terminate();

        ((string)(await call).Data!["result"]!).Should().Be("finished");
        await silo.WaitForExitAsync();
        silo.ExitCode.Should().Be(0);
        Directory.Exists(Path.Combine(Path.GetTempPath(), $"dff-{silo.Id}")).Should().BeFalse("it leaves nothing behind");
    }

    [Fact]
    public async Task Killed_at_once_everything_acknowledged_is_there_again()
    {
        using var directory = new TestDirectory();
        string token;
        await using (var silo = await SiloProcess.StartAsync(directory.Path))
        {
            await silo.Api.PublishAsync("kept__a", "@DFF.API('F')\ndef f():\n    return DFF.STORE('k')\n@DFF.API('P')\ndef put():\n    return DFF.STORE.set('k', 'kept')\n");
            await silo.Api.AddLinkAsync("auln-kept", "kept__a.f", new { });
            (await silo.Api.CallAsync("kept__a.put")).RequireOk();
            token = silo.Api.Token!;
            await silo.KillAsync();
        }

        await using var again = await SiloProcess.StartAsync(directory.Path);
        (await again.Api.GetAsync("/api/v1/al/kept")).Text.Should().Be("kept");
        again.Api.Token = token;
        (await again.Api.GetAsync("/api/v1/auth/profile/do/get")).RequireOk();
        ((int)(await again.Api.GetAsync("/api/v1/scripts/kept__a/do/get")).Data!["publishVersion"]!).Should().Be(1);
    }

    [Fact]
    public async Task A_revoked_session_is_refused_at_once()
    {
        using var directory = new TestDirectory();
        await using var silo = await SiloProcess.StartAsync(directory.Path);

        (await silo.Api.GetAsync("/api/v1/auth/profile/do/get")).RequireOk();
        (await silo.Api.GetAsync("/api/v1/auth/do/sign-out")).RequireOk();

        (await silo.Api.GetAsync("/api/v1/auth/profile/do/get")).Status.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task After_three_failures_a_captcha_is_asked_for()
    {
        using var directory = new TestDirectory();
        await using var silo = await SiloProcess.StartAsync(directory.Path);
        var wrong = new { signIn = new { username = SiloProcess.Username, password = "wrong" } };
        for (var attempt = 0; attempt < 3; attempt++) (await silo.Api.PostAsync("/api/v1/auth/do/sign-in", wrong)).Reason.Should().Be("EUserPassword");

        var refused = await silo.Api.PostAsync("/api/v1/auth/do/sign-in", new { signIn = new { username = SiloProcess.Username, password = SiloProcess.Password } });

        refused.Reason.Should().Be("EUserCaptcha");
        ((bool)refused.Json["detail"]!["captchaRequired"]!).Should().BeTrue();
        (await silo.Api.GetAsync("/api/v1/captcha/do/get?captchaCategory=signIn&captchaToken=t")).Text.Should().StartWith("<svg");
    }

    [Fact]
    public async Task The_dashboard_is_for_administrators_only()
    {
        using var directory = new TestDirectory();
        await using var silo = await SiloProcess.StartAsync(directory.Path);
        var token = silo.Api.Token!;
        silo.Api.Token = null;

        (await silo.Api.GetAsync("/dashboard")).Status.Should().Be(HttpStatusCode.Unauthorized);
        var signedIn = new HttpRequestMessage(HttpMethod.Get, "/dashboard/") { Headers = { { "Cookie", $"xDFFAuthToken={token}" } } };
        (await silo.Api.SendAsync(signedIn)).Text.Should().Contain("<html");
        var effect = new HttpRequestMessage(HttpMethod.Get, "/api/v1/scripts/do/list") { Headers = { { "Cookie", $"xDFFAuthToken={token}" } } };
        (await silo.Api.SendAsync(effect)).Status.Should().Be(HttpStatusCode.Unauthorized, "the cookie alone is not accepted by the API");
    }

    [Fact]
    public async Task Secrets_are_in_no_log_and_in_nobodys_reach()
    {
        using var directory = new TestDirectory();
        using var elsewhere = new TestDirectory();
        // As orchestrators mount their secrets: readable for everybody.
        File.SetUnixFileMode(elsewhere.Path, (UnixFileMode)0b111_101_101);
        var secretFile = elsewhere.Combine("secret.txt");
        await File.WriteAllTextAsync(secretFile, "canary-secret-0123456789\n");
        File.SetUnixFileMode(secretFile, (UnixFileMode)0b110_100_100);
        await using var silo = await SiloProcess.StartAsync(directory.Path, new Dictionary<string, string> { ["LOG_LEVEL"] = "ALL", ["SECRET_FILE"] = secretFile });
        await silo.Api.PublishAsync("spy__a", "import os\n@DFF.API('F')\ndef f(paths):\n    found = [str(dict(os.environ))]\n    for path in paths:\n        try:\n            found.append(open(path, 'rb').read().decode('latin-1'))\n        except OSError as error:\n            found.append(type(error).__name__)\n    return found\n");
        var paths = new[] { $"/proc/{silo.Id}/environ", "/proc/self/environ", directory.Combine("secret"), directory.Combine("dff.db"), directory.Combine("dataflux-func.log"), directory.Combine("user-config.yaml"), secretFile };

        var seen = (await silo.Api.CallAsync("spy__a.f", new { paths })).RequireOk().Text;

        seen.Should().NotContain("canary-secret").And.NotContain(SiloProcess.Password).And.NotContain("SQLite format").And.NotContain("DFF_");
        foreach (var log in new[] { silo.Output, await File.ReadAllTextAsync(directory.Combine("dataflux-func.log")) })
            log.Should().NotContain("canary-secret").And.NotContain(SiloProcess.Password).And.NotContain(silo.Api.Token!);
        (await RunAsync("ps", ["axww"])).Should().NotContain("canary-secret");
    }

    private static async Task<string> RunAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(0, await error);
        return output;
    }
}
