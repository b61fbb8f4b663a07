using System.Diagnostics;
using System.Security.Cryptography;

namespace Dff.Testing;

/// <param name="Prefix">What a command begins with to run there.</param>
public sealed record TestMachine(string Address, IReadOnlyList<string> Prefix);

/// <summary>Machines with a network of their own, as network namespaces at one bridge, which this machine is on too. The way between two of them can be cut.</summary>
public sealed class TestNetwork : IDisposable
{
    private readonly string _id = RandomNumberGenerator.GetHexString(6, lowercase: true);
    private readonly string _subnet = $"10.{RandomNumberGenerator.GetInt32(100, 250)}.{RandomNumberGenerator.GetInt32(1, 250)}";
    private readonly List<TestMachine> _machines = [];

    public TestNetwork(int machines)
    {
        try
        {
            Run("ip", "link", "add", Bridge, "type", "bridge");
            Run("ip", "address", "add", $"{Host}/24", "dev", Bridge);
            Run("ip", "link", "set", Bridge, "up");
            for (var machine = 0; machine < machines; machine++) Add(machine);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>This machine, as the others reach it.</summary>
    public string Host => $"{_subnet}.1";

    public IReadOnlyList<TestMachine> Machines => _machines;

    private string Bridge => $"dffb{_id}";

    /// <summary>What one sends to the other vanishes; both still reach everybody else.</summary>
    public void Cut(int one, int other) => Isolate("on", one, other);

    public void Mend(int one, int other) => Isolate("off", one, other);

    public void Dispose()
    {
        for (var machine = 0; machine < _machines.Count; machine++) TryRun("ip", "netns", "delete", Namespace(machine));
        TryRun("ip", "link", "delete", Bridge);
    }

    private void Add(int machine)
    {
        var (name, near, address) = (Namespace(machine), Port(machine), $"{_subnet}.{machine + 2}");
        Run("ip", "netns", "add", name);
        _machines.Add(new TestMachine(address, ["ip", "netns", "exec", name]));
        Run("ip", "link", "add", near, "type", "veth", "peer", "name", "eth0", "netns", name);
        Run("ip", "link", "set", near, "master", Bridge, "up");
        Run("ip", "-n", name, "address", "add", $"{address}/24", "dev", "eth0");
        Run("ip", "-n", name, "link", "set", "eth0", "up");
        Run("ip", "-n", name, "link", "set", "lo", "up");
    }

    private void Isolate(string onOff, params int[] machines)
    {
        // Isolated ports of a bridge do not see each other.
        foreach (var machine in machines) Run("bridge", "link", "set", "dev", Port(machine), "isolated", onOff);
    }

    private string Namespace(int machine) => $"dff-{_id}-{machine}";

    private string Port(int machine) => $"dffv{_id}{machine}";

    private static void Run(string program, params string[] arguments)
    {
        var (status, error) = TryRun(program, arguments);
        if (status != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {error} (the test needs root, and the package iproute2)");
    }

    private static (int Status, string Error) TryRun(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }
}
