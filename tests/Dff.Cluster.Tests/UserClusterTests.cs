using Dff.Testing;
using FluentAssertions;

namespace Dff.Cluster.Tests;

/// <summary>What is taken from a user is taken on every silo when the call answers.</summary>
public sealed class UserClusterTests(Servers servers)
{
    private const string Profile = "/api/v1/auth/profile/do/get";
    private const string Password = "some-password-1";

    [Fact]
    public async Task Users_sessions_and_keys_end_on_every_silo_when_it_answers()
    {
        await using var cluster = await TestCluster.StartAsync(servers, 2, (0, "WORKER_QUEUES", "none"), (1, "WORKER_QUEUES", "none"));
        var (a, b) = (cluster[0].Api, cluster[1].Api);
        for (var round = 0; round < 10; round++)
        {
            using var user = await a.AddUserAsync($"round{round}", Password, ["admin"]);
            var id = await a.IdOfUserAsync($"round{round}");
            using var onB = new ApiClient(b.Http.BaseAddress!) { Token = user.Token };
            using var keyOnB = b.Stranger();
            var key = await AccessKey.AddAsync(user);
            (await onB.GetAsync(Profile)).RequireOk();
            (await keyOnB.SendAsync(key.Sign(HttpMethod.Get, Profile))).RequireOk();

            (await a.PostAsync($"/api/v1/users/{id}/do/modify", new { data = new { isDisabled = true } })).RequireOk();
            (await onB.GetAsync(Profile)).Reason.Should().Be("EUserDisabled");
            (await keyOnB.SendAsync(key.Sign(HttpMethod.Get, Profile))).Reason.Should().Be("EUserDisabled");
            (await b.PostAsync($"/api/v1/users/{id}/do/modify", new { data = new { isDisabled = false } })).RequireOk();
            (await user.GetAsync(Profile)).Reason.Should().Be("EUserAuth");
            (await cluster[0].Api.Stranger().SendAsync(key.Sign(HttpMethod.Get, Profile))).RequireOk();

            await user.SignInAsync($"round{round}", Password);
            onB.Token = user.Token;
            (await onB.GetAsync(Profile)).RequireOk();
            (await a.PostAsync($"/api/v1/users/{id}/do/modify", new { data = new { roles = new[] { "readonlyUser" } } })).RequireOk();
            (await onB.PostAsync("/api/v1/env-variables/do/add", new { data = new { id = $"r{round}" } })).Reason.Should().Be("EUserPrivilege");
            var session = (string)(await onB.GetAsync("/api/v1/auth/sessions/do/list")).RequireOk().Data![0]!["id"]!;
            (await a.GetAsync($"/api/v1/users/{id}/sessions/{session}/do/delete")).RequireOk();
            (await onB.GetAsync(Profile)).Reason.Should().Be("EUserAuth");
            (await a.GetAsync($"/api/v1/access-keys/{key.Id}/do/delete")).RequireOk();
            (await keyOnB.SendAsync(key.Sign(HttpMethod.Get, Profile))).Reason.Should().Be("EUserAuth");
        }
    }

    [Fact]
    public async Task A_nonce_is_accepted_once_in_the_whole_cluster_and_after_a_restart_of_it()
    {
        await using var cluster = await TestCluster.StartAsync(servers, 2, (0, "WORKER_QUEUES", "none"), (1, "WORKER_QUEUES", "none"));
        var key = await AccessKey.AddAsync(cluster[0].Api);
        var clients = cluster.Silos.Select(silo => silo.Api.Stranger()).ToList();
        for (var round = 0; round < 20; round++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => clients[number % 2].SendAsync(key.Sign(HttpMethod.Get, Profile, nonce: $"round {round}"))));
            answers.Count(answer => answer.IsOk).Should().Be(1);
            answers.Where(answer => !answer.IsOk).Should().OnlyContain(answer => answer.Reason == "EUserAuth");
        }

        await Task.WhenAll(cluster.Silos.Select(silo => silo.KillAsync()));
        var next = await cluster.AddAsync();
        using var stranger = next.Api.Stranger();
        (await stranger.SendAsync(key.Sign(HttpMethod.Get, Profile, nonce: "round 7"))).Reason.Should().Be("EUserAuth");
        (await stranger.SendAsync(key.Sign(HttpMethod.Get, Profile, nonce: "a new one"))).RequireOk();
    }
}
