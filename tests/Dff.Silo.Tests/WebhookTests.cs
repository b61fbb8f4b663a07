using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>What receivers of webhooks see.</summary>
public abstract class WebhookTests(SiloUnderTest silo)
{
    private readonly ApiClient _api = silo.Api;
    private readonly string _name = $"w{Guid.NewGuid():N}"[..12];

    [Fact]
    public async Task An_event_is_sent_signed_and_again_until_it_is_received()
    {
        using var receiver = new HookReceiver();
        receiver.AnswerWith(500, 503);
        var key = await AddKeyAsync(receiver, "env-variables.add, env-variables.*");

        (await _api.PostAsync("/api/v1/env-variables/do/add", new { data = new { id = _name, valueTEXT = "canary-of-webhooks" } })).RequireOk();
        (await _api.PostAsync("/api/v1/env-variables/do/add", new { data = new { id = _name } })).IsOk.Should().BeFalse("it is there already");
        await Eventually.TrueAsync(() => receiver.Calls.Count == 3, "the third try arrives");
        (await _api.GetAsync($"/api/v1/env-variables/{_name}/do/delete")).RequireOk();
        (await _api.GetAsync("/api/v1/auth/profile/do/get")).RequireOk();
        await Eventually.TrueAsync(() => receiver.Calls.Count == 4, "the next event arrives");

        var calls = receiver.Calls;
        calls.Select(call => (string?)JsonNode.Parse(call.Body)!["event"]).Should().Equal("env-variables.add", "env-variables.add", "env-variables.add", "env-variables.delete");
        calls.Take(3).Select(call => call.Body).Distinct().Should().ContainSingle("the same event keeps its ID");
        calls.Select(call => call.Headers["X-Dff-Ak-Nonce"]).Should().OnlyHaveUniqueItems();
        foreach (var call in calls) RequireSigned(call, key);
        var sent = JsonNode.Parse(calls[3].Body)!;
        ((string?)sent["username"], (string?)sent["reqRoute"], (string?)sent["reqParamsJSON"]!["id"]).Should().Be((SiloProcess.Username, "/api/v1/env-variables/:id/do/delete", _name));
        calls[0].Body.Should().NotContain("canary-of-webhooks");
        (await _api.GetAsync($"/api/v1/access-keys/{key.Id}/do/delete")).RequireOk();
    }

    [Fact]
    public async Task A_receiver_that_never_answers_holds_no_request_up()
    {
        using var receiver = new HookReceiver();
        receiver.AnswerWith([.. Enumerable.Repeat(0, 200)]);
        var key = await AddKeyAsync(receiver, "auth.profile.modify");

        for (var number = 0; number < 30; number++) (await _api.PostAsync("/api/v1/auth/profile/do/modify", new { data = new { mobile = $"{number}" } })).RequireOk();

        // All thirty are answered while the first deliveries still wait for their answer.
        await Eventually.TrueAsync(() => receiver.Calls.Count > 0, "deliveries have begun");
        (await _api.GetAsync($"/api/v1/access-keys/{key.Id}/do/delete")).RequireOk();
    }

    [Fact]
    public async Task A_webhook_is_tried_once_and_its_answer_shown_only_where_that_is_allowed()
    {
        using var receiver = new HookReceiver();
        var key = await AddKeyAsync(receiver, null);
        async Task<ApiAnswer> TestAsync() => await _api.GetAsync($"/api/v1/access-keys/{key.Id}/do/test-webhook");

        var plain = (await TestAsync()).RequireOk().Data!;
        ((int)plain["statusCode"]!, plain["body"]).Should().Be((200, null));
        (await _api.PostAsync($"/api/v1/access-keys/{key.Id}/do/modify", new { data = new { allowWebhookEcho = true } })).RequireOk();
        ((string?)(await TestAsync()).RequireOk().Data!["body"]).Should().Be("received");
        receiver.AnswerWith(500, 302);
        ((int)(await TestAsync()).RequireOk().Data!["statusCode"]!).Should().Be(500);
        ((int)(await TestAsync()).RequireOk().Data!["statusCode"]!).Should().Be(302);

        receiver.Calls.Should().HaveCount(4, "nothing is tried again, no redirect is followed");
        receiver.Calls.Select(call => (string?)JsonNode.Parse(call.Body)!["event"]).Should().AllBe("test");
        foreach (var call in receiver.Calls) RequireSigned(call, key);
        (await _api.PostAsync($"/api/v1/access-keys/{key.Id}/do/modify", new { data = new { webhookURL = $"http://127.0.0.1:{FreePorts.Take(1)[0]}/" } })).RequireOk();
        (await TestAsync()).Reason.Should().Be("EOuterSystem");
    }

    [Fact]
    public async Task A_disabled_users_webhooks_hear_nothing()
    {
        using var receiver = new HookReceiver();
        using var listening = new HookReceiver();
        using var owner = await _api.AddUserAsync(_name, "owner-password-1", ["admin"]);
        (await owner.PostAsync("/api/v1/access-keys/do/add", new { data = new { name = _name, webhookURL = receiver.Url, webhookEvents = "*" } })).RequireOk();
        var key = await AddKeyAsync(listening, "env-variables.add");
        (await _api.PostAsync($"/api/v1/users/{await _api.IdOfUserAsync(_name)}/do/modify", new { data = new { isDisabled = true } })).RequireOk();

        (await _api.PostAsync("/api/v1/env-variables/do/add", new { data = new { id = _name } })).RequireOk();

        await Eventually.TrueAsync(() => listening.Calls.Count == 1, "the event reaches who may hear it");
        receiver.Calls.Select(call => (string?)JsonNode.Parse(call.Body)!["event"]).Should().NotContain("env-variables.add");
        (await _api.GetAsync($"/api/v1/access-keys/{key.Id}/do/delete")).RequireOk();
    }

    private async Task<AccessKey> AddKeyAsync(HookReceiver receiver, string? events)
    {
        var added = (await _api.PostAsync("/api/v1/access-keys/do/add", new { data = new { name = _name, webhookURL = receiver.Url, webhookEvents = events } })).RequireOk().Data!;
        return new AccessKey((string)added["id"]!, (string)added["secret"]!);
    }

    private static void RequireSigned(HookCall call, AccessKey key)
    {
        var md5 = Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(call.Body)));
        var text = $"v2&{call.Headers["X-Dff-Ak-Timestamp"]}&{call.Headers["X-Dff-Ak-Nonce"]}&POST&{call.Target}&{md5}";
        call.Headers["X-Dff-Ak-Id"].Should().Be(key.Id);
        call.Headers["X-Dff-Ak-Sign"].Should().Be(Convert.ToHexStringLower(HMACSHA1.HashData(Encoding.UTF8.GetBytes(key.Secret), Encoding.UTF8.GetBytes(text))));
    }

    public sealed class OnSqlite(SqliteSilo silo) : WebhookTests(silo);

    public sealed class OnMariaDb(MariaDbSilo silo) : WebhookTests(silo);
}
