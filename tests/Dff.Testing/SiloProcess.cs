using System.Globalization;

namespace Dff.Testing;

/// <summary>The real program as a process of its own, on free ports.</summary>
public sealed class SiloProcess : IAsyncDisposable
{
    public const string Username = "admin";
    public const string Password = "correct-horse-battery";

    private readonly ServerProcess _process;

    private SiloProcess(ServerProcess process, string host, int webPort)
    {
        (_process, WebPort) = (process, webPort);
        Api = new ApiClient(new Uri($"http://{host}:{webPort}"));
    }

    public int WebPort { get; }

    public ApiClient Api { get; }

    public int Id => _process.Id;

    public string Output => _process.Output;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Starts without waiting until it is ready.</summary>
    public static SiloProcess Launch(string dataDirectory, IReadOnlyDictionary<string, string>? settings = null, bool isSetUp = true, params string[] arguments) =>
        Launch(dataDirectory, settings, isSetUp, null, arguments);

    private static SiloProcess Launch(string dataDirectory, IReadOnlyDictionary<string, string>? settings, bool isSetUp, TestMachine? machine, string[] arguments)
    {
        var ports = FreePorts.Take(3);
        var environment = new Dictionary<string, string>
        {
            ["DFF_DATA_DIR"] = dataDirectory,
            ["DFF_WEB_PORT"] = ports[0].ToString(CultureInfo.InvariantCulture),
            ["DFF_SILO_PORT"] = ports[1].ToString(CultureInfo.InvariantCulture),
            ["DFF_GATEWAY_PORT"] = ports[2].ToString(CultureInfo.InvariantCulture),
        };
        if (isSetUp) environment["DFF_ADMIN_PASSWORD"] = Password;
        foreach (var (key, value) in settings ?? new Dictionary<string, string>()) environment["DFF_" + key] = value;
        if (machine is not null) environment["DFF_WEB_BIND"] = environment["DFF_SILO_ADDRESS"] = machine.Address;
        var port = int.Parse(environment["DFF_WEB_PORT"], CultureInfo.InvariantCulture);
        string[] command = [.. machine?.Prefix ?? [], "dotnet", ProgramPath, .. arguments];
        return new SiloProcess(ServerProcess.Start(command[0], command[1..], "dotnet-sdk-10.0", environment), machine?.Address ?? "127.0.0.1", port);
    }

    /// <param name="machine">Where it runs, if not on this one.</param>
    public static async Task<SiloProcess> StartAsync(string dataDirectory, IReadOnlyDictionary<string, string>? settings = null, bool isSetUp = true, TestMachine? machine = null)
    {
        var silo = Launch(dataDirectory, settings, isSetUp, machine, []);
        try
        {
            await silo.WaitUntilReadyAsync();
            var servesWeb = settings?.GetValueOrDefault("ROLES")?.Contains("web", StringComparison.Ordinal) ?? true;
            if (isSetUp && servesWeb) await silo.Api.SignInAsync(Username, settings?.GetValueOrDefault("ADMIN_PASSWORD") ?? Password);
            return silo;
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }
    }

    public async Task WaitUntilReadyAsync()
    {
        try
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    if (_process.HasExited) throw new InvalidOperationException($"the silo ended with {_process.ExitCode}:\n{_process.Output}");
                    // "is ready" comes after the unattended set-up.
                    return _process.Output.Contains(" is ready: ", StringComparison.Ordinal) && await Api.IsReadyAsync();
                },
                "the silo is ready");
        }
        catch (TimeoutException error)
        {
            throw new InvalidOperationException($"{error.Message}; it wrote:\n{_process.Output}", error);
        }
    }

    /// <summary>SIGKILL, to the silo alone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>SIGTERM, and waits for the end.</summary>
    public async Task<int> StopAsync()
    {
        _process.Terminate();
        await _process.WaitForExitAsync(TimeSpan.FromSeconds(90));
        return _process.ExitCode;
    }

    public void Terminate() => _process.Terminate();

    public Task WaitForExitAsync() => _process.WaitForExitAsync(TimeSpan.FromSeconds(90));

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await _process.DisposeAsync();
    }

    /// <summary>The program that the tests were built with: beside them, because they reference it.</summary>
    private static string ProgramPath => Path.Combine(AppContext.BaseDirectory, "Dff.Silo.dll");
}
