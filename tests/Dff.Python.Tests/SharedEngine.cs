using Dff.Python.Tests;

[assembly: AssemblyFixture(typeof(SharedEngine))]

namespace Dff.Python.Tests;

/// <summary>One engine for all tests that do it no harm: each works on queues of its own.</summary>
public sealed class SharedEngine : IAsyncLifetime
{
    public TestEngine Engine { get; private set; } = null!;

    public TestScript Script(string code) => Engine.Script(code);

    public async ValueTask InitializeAsync() => Engine = await TestEngine.StartAsync();

    public ValueTask DisposeAsync() => Engine.DisposeAsync();
}
