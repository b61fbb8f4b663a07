using Dff.Testing;
using FluentAssertions;

namespace Dff.Cluster.Tests;

/// <summary>Every node tells of all.</summary>
public sealed class MonitorClusterTests(Servers servers)
{
    [Fact]
    public async Task Whichever_node_is_asked_all_of_them_tell_how_they_do_and_one_that_was_killed_is_gone()
    {
        await using var cluster = await TestCluster.StartAsync(servers, 2, (0, "WORKER_QUEUES", "0-6"), (1, "WORKER_QUEUES", "7-9"));
        foreach (var silo in cluster.Silos)
        {
            var processes = (await silo.Api.GetAsync("/api/v1/monitor/nodes/do/get-stats")).RequireOk().Data!.AsArray().Select(node => (int)node!["stats"]!["processId"]!);
            processes.Should().BeEquivalentTo(cluster.Silos.Select(one => one.Id));
            var queues = (await silo.Api.GetAsync("/api/v1/monitor/nodes/do/get-active-queues")).RequireOk().Data!.AsArray().Select(node => string.Join(',', node!["queues"]!.AsArray().Select(queue => (int)queue!)));
            queues.Should().BeEquivalentTo("0,1,2,3,4,5,6", "7,8,9");
            (await silo.Api.GetAsync("/api/v1/monitor/nodes/do/ping")).RequireOk().Data!.AsArray().Select(node => (string?)node!["answer"]).Should().Equal("pong", "pong");
            var environments = (await silo.Api.GetAsync("/api/v1/monitor/server-environment/do/get")).RequireOk().Data!.AsArray();
            environments.Select(node => (string?)node!["environment"]!["configuration"]!["WORKER_QUEUES"]).Should().BeEquivalentTo("0-6", "7-9");
            environments.ToJsonString().Should().NotContain("the-secret-of-this-cluster").And.NotContain(servers.Redis.Password);
            // What all share is measured by one of them.
            var nodes = (await silo.Api.GetAsync("/api/v1/monitor/sys-stats/do/get")).RequireOk().Data!["nodes"]!.AsArray();
            nodes.Select(node => node!["series"]!.AsArray().Count(series => (string?)series!["name"] == "siloMemoryBytes")).Should().Equal(1, 1);
        }

        await cluster[1].KillAsync();

        await Eventually.TrueAsync(
            async () => (await cluster[0].Api.GetAsync("/api/v1/monitor/nodes/do/get-stats")).RequireOk().Data!.AsArray().Select(node => (int?)node!["stats"]?["processId"]).SequenceEqual([cluster[0].Id]),
            "the dead node is out of the cluster");
    }
}
