using Dff.Testing;
using FluentAssertions;

namespace Dff.Cluster.Tests;

/// <summary>Answers that are files on another node than the one that was asked.</summary>
public sealed class ResultFileTests(Servers servers)
{
    [Fact]
    public async Task A_large_answer_reaches_the_caller_through_another_node_than_the_one_that_ran_it()
    {
        await using var cluster = await TestCluster.StartAsync(servers, 2, (0, "WORKER_QUEUES", "none"), (1, "WORKER_QUEUES", "0-9"));
        var api = cluster[0].Api;
        await api.PublishAsync("files__a", "@DFF.API('F', cache_result=600)\ndef f(rows):\n    return DFF.RESP_LARGE_DATA([{'row': i, 'text': 'x' * 50} for i in range(rows)])\n");

        var first = await api.CallAsync("files__a.f", new { rows = 100_000 });
        var cached = await api.CallAsync("files__a.f", new { rows = 100_000 });

        first.RequireOk().Json.AsArray().Select(row => (int)row!["row"]!).Should().Equal(Enumerable.Range(0, 100_000));
        cached.RequireOk().Text.Should().Be(first.Text);
        cached.Headers.GetValues("X-Result-Cache").Should().Equal("Cached");
    }
}
