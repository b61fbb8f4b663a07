using Dff.Testing;
using FluentAssertions;

namespace Dff.Cluster.Tests;

/// <summary>What is changed about a data source is in force on every silo when the call answers.</summary>
public sealed class DataSourceClusterTests(Servers servers)
{
    [Fact]
    public async Task A_changed_or_deleted_data_source_is_so_on_every_silo_when_it_answers()
    {
        await using var cluster = await TestCluster.StartAsync(servers, 2, (0, "WORKER_QUEUES", "7"), (1, "WORKER_QUEUES", "1-6"));
        var (a, b) = (cluster[0].Api, cluster[1].Api);
        await a.PublishAsync("sources__a", "@DFF.API('F')\ndef f():\n    return DFF.SRC('source').query('SELECT ? AS v', [DFF.SRC('source').query('SELECT DATABASE() AS d')[0]['d']])[0]['v']\n");
        object Config(string database, string password) => new { host = servers.MariaDb.Host, port = servers.MariaDb.Port, user = servers.MariaDb.User, password, database };
        var (one, two, password) = (await servers.MariaDb.CreateDatabaseAsync(), await servers.MariaDb.CreateDatabaseAsync(), servers.MariaDb.Password);
        for (var round = 0; round < 5; round++)
        {
            // Tested by the silo that serves queue 7, called on the one that serves queue 1.
            (await b.PostAsync("/api/v1/data-sources/do/add", new { data = new { id = "source", type = "mysql", configJSON = Config(one, password) } })).RequireOk();
            (await b.CallAsync("sources__a.f")).RequireOk().Data!["result"]!.GetValue<string>().Should().Be(one);
            (await a.PostAsync("/api/v1/data-sources/source/do/modify", new { data = new { configJSON = Config(two, "") } })).RequireOk();
            (await b.CallAsync("sources__a.f")).RequireOk().Data!["result"]!.GetValue<string>().Should().Be(two);
            (await a.PostAsync("/api/v1/data-sources/source/do/modify", new { skipTest = true, data = new { configJSON = Config(two, "wrong") } })).RequireOk();
            (await b.CallAsync("sources__a.f")).Text.Should().Contain("denied");
            (await a.GetAsync("/api/v1/data-sources/source/do/delete")).RequireOk();
            ((string?)(await b.CallAsync("sources__a.f")).Json["detail"]!["etype"]).Should().Be("NotFoundException");
        }
    }
}
