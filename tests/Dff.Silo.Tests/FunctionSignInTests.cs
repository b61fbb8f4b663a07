using System.Net;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Signing in by a function that knows the users of another system.</summary>
public abstract class FunctionSignInTests(SiloUnderTest silo)
{
    private const string Code =
        """
        KNOWN = {'%NAME%': 'right', '%NAME%2': 'right', 'admin': 'right'}
        @DFF.API('Sign in', integration='signIn', cache_result=60)
        def check(username, password):
            if username == '%NAME%-raising':
                raise ValueError('not today')
            return {'origin': _DFF_ORIGIN} if KNOWN.get(username) == password else {}
        @DFF.API('Another', integration='sign_in')
        def other(username, password):
            return True
        @DFF.API('No way in')
        def plain(username, password):
            return True
        """;

    private readonly ApiClient _api = silo.Api;
    private readonly string _name = $"s{Guid.NewGuid():N}"[..12];

    private string Function => $"{_name}__a.check";

    [Fact]
    public async Task Whom_the_function_knows_is_signed_in_as_a_user_of_their_own()
    {
        await PublishAsync();

        var first = (await SignInAsync(Function, _name)).RequireOk().Data!;

        using var user = _api.Stranger();
        user.Token = (string)first["xAuthToken"]!;
        var profile = (await user.GetAsync("/api/v1/auth/profile/do/get")).RequireOk().Data!;
        ((string?)profile["id"], (string?)profile["username"], profile["roles"]!.ToJsonString()).Should().Be(((string?)first["userId"], _name, """["user"]"""));
        var again = (await SignInAsync(Function, _name)).RequireOk().Data!;
        ((string?)again["userId"]).Should().Be((string?)first["userId"]);
        ((string?)(await SignInAsync(Function, $"{_name}2")).RequireOk().Data!["userId"]).Should().NotBe((string?)first["userId"]);

        (await _api.PostAsync("/api/v1/auth/do/sign-in", new { signIn = new { username = _name, password = "right" } })).Reason.Should().Be("EUserPassword", "there is no password here");
        (await _api.PostAsync($"/api/v1/users/{first["userId"]}/do/modify", new { data = new { isDisabled = true } })).RequireOk();
        (await SignInAsync(Function, _name)).Reason.Should().Be("EUserDisabled");
        (await user.GetAsync("/api/v1/auth/profile/do/get")).Reason.Should().Be("EUserDisabled");
    }

    [Fact]
    public async Task Nobody_becomes_another_user_by_a_function()
    {
        await PublishAsync();
        (await SignInAsync(Function, _name)).RequireOk();

        (await SignInAsync(Function, SiloProcess.Username)).Reason.Should().Be("EUser");
        (await SignInAsync($"{_name}__a.other", _name)).Reason.Should().Be("EUser");
        foreach (var funcId in (string[])[$"{_name}__a.plain", $"{_name}__a.none", "sample"])
        {
            var missing = await SignInAsync(funcId, _name);
            (missing.Status, (string?)missing.Json["detail"]!["field"]).Should().Be((HttpStatusCode.NotFound, "signIn.funcId"));
        }
    }

    [Fact]
    public async Task Wrong_passwords_and_what_the_function_raises_are_refused_and_not_recorded_with_the_password()
    {
        await PublishAsync();
        (await SignInAsync(Function, _name)).RequireOk();

        (await SignInAsync(Function, _name, "wrong")).Reason.Should().Be("EUserPassword");
        (await SignInAsync(Function, _name)).RequireOk();
        var raised = await SignInAsync(Function, $"{_name}-raising", "a-secret-of-mine");
        (await SignInAsync(Function, _name)).RequireOk();

        ((int)raised.Status, raised.Reason, (string?)raised.Json["message"]).Should().Be((599, "EFuncFailed", "ValueError: not today"));
        raised.Text.Should().NotContain("a-secret-of-mine");
        await Eventually.TrueAsync(async () => (await FailuresAsync()).Data!.AsArray().Count == 1, "the failure is recorded");
        (await FailuresAsync()).Text.Should().NotContain("a-secret-of-mine");
        foreach (var blank in (string[])[" x", "x ", ""]) (await SignInAsync(Function, blank)).Status.Should().Be(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task What_was_right_before_is_asked_again()
    {
        const string Changing = "@DFF.API('Sign in', integration='signIn', cache_result=60)\ndef check(username, password):\n    return DFF.STORE.set('once', 1, not_exists=True)\n";
        await _api.PublishAsync($"{_name}__a", Changing);

        (await SignInAsync(Function, _name)).RequireOk();
        (await SignInAsync(Function, _name)).Reason.Should().Be("EUserPassword");
        await PublishAsync();
        (await SignInAsync(Function, _name)).RequireOk();
    }

    private Task<ApiAnswer> FailuresAsync() => _api.GetAsync($"/api/v1/script-failures/do/list?funcId={Function}");

    private Task PublishAsync() => _api.PublishAsync($"{_name}__a", Code.Replace("%NAME%", _name, StringComparison.Ordinal));

    private Task<ApiAnswer> SignInAsync(string funcId, string username, string password = "right") =>
        _api.Stranger().PostAsync("/api/v1/func/integration/sign-in", new { captchaToken = "t", captcha = "c", signIn = new { funcId, username, password } });

    public sealed class OnSqlite(SqliteSilo silo) : FunctionSignInTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : FunctionSignInTests(silo);
}

/// <summary>What guessing meets there, from addresses of its own.</summary>
public sealed class FunctionSignInGuessTests : IAsyncLifetime
{
    private readonly TestDirectory _directory = new();
    private SiloProcess? _silo;

    public async ValueTask InitializeAsync() =>
        _silo = await SiloProcess.StartAsync(_directory.Path, new Dictionary<string, string> { ["WEB_TRUSTED_PROXIES"] = "127.0.0.0/8", ["WORKER_QUEUES"] = "1,7" });

    public async ValueTask DisposeAsync()
    {
        if (_silo is not null) await _silo.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Guessing_asks_for_a_captcha_after_three_failures_of_either_kind_and_leaves_other_users_alone()
    {
        await _silo!.Api.PublishAsync("guess__a", "@DFF.API('F', integration='signIn')\ndef f(username, password):\n    if password == 'raise':\n        raise ValueError('no')\n    return password == 'right'\n");

        (await SignInAsync("10.3.0.1", "wrong")).Reason.Should().Be("EUserPassword");
        (await SignInAsync("10.3.0.2", "raise")).Reason.Should().Be("EFuncFailed");
        var third = await SignInAsync("10.3.0.3", "wrong");
        (third.Reason, (bool?)third.Json["detail"]!["captchaRequired"]).Should().Be(("EUserPassword", true));
        (await SignInAsync("10.3.0.4", "right")).Reason.Should().Be("EUserCaptcha");

        var administrator = await SendAsync("/api/v1/auth/do/sign-in", new { signIn = new { username = SiloProcess.Username, password = SiloProcess.Password } }, "10.3.0.5");
        administrator.RequireOk();
    }

    private Task<ApiAnswer> SignInAsync(string address, string password) =>
        SendAsync("/api/v1/func/integration/sign-in", new { signIn = new { funcId = "guess__a.f", username = SiloProcess.Username, password } }, address);

    private Task<ApiAnswer> SendAsync(string path, object body, string address)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = System.Net.Http.Json.JsonContent.Create(body) };
        request.Headers.Add("X-Forwarded-For", address);
        return _silo!.Api.Stranger().SendAsync(request);
    }
}
