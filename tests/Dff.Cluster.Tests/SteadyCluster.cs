namespace Dff.Cluster.Tests;

/// <summary>Three nodes for the tests that leave them as they found them.</summary>
public sealed class SteadyCluster(Servers servers) : IAsyncLifetime
{
    private TestCluster? _nodes;

    public TestCluster Nodes => _nodes ?? throw new InvalidOperationException("not started");

    public async ValueTask InitializeAsync() => _nodes = await TestCluster.StartAsync(servers, 3);

    public async ValueTask DisposeAsync()
    {
        if (_nodes is not null) await _nodes.DisposeAsync();
    }
}

/// <summary>Tests that share it; it goes before others begin, which may kill the servers under it.</summary>
[CollectionDefinition]
public sealed class SteadyClusterTests : ICollectionFixture<SteadyCluster>;
