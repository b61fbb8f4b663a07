using System.Globalization;
using Dff.Testing;

namespace Dff.Benchmarks;

/// <summary>The servers that take turns: Dff, the bare engine, Flask on gunicorn.</summary>
internal sealed class Contestants : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _servers = [];
    private readonly List<TestDirectory> _directories = [];

    public SiloProcess Silo { get; private set; } = null!;

    public string SiloUrl => $"http://127.0.0.1:{Silo.WebPort}/api/v1/al";

    public string BareUrl { get; private set; } = "";

    public string FlaskUrl { get; private set; } = "";

    /// <param name="processes">Python processes of Dff and of the bare engine.</param>
    public static async Task<Contestants> StartAsync(int processes, bool withFlask = false)
    {
        var contestants = new Contestants();
        try
        {
            contestants.Silo = contestants.Add(await SiloProcess.StartAsync(
                contestants.NewDirectory(), new Dictionary<string, string> { ["_WORKER_CONCURRENCY"] = processes.ToString(CultureInfo.InvariantCulture) }));
            await contestants.Silo.Api.PublishAsync("bench__a", BareEngine.Code);
            await contestants.Silo.Api.AddLinkAsync("auln-add", "bench__a.add", new { x = "FROM_PARAMETER", y = "FROM_PARAMETER" });
            await contestants.Silo.Api.AddLinkAsync("auln-sleep", "bench__a.sleep", new { });
            await contestants.Silo.Api.AddLinkAsync("auln-large", "bench__a.large", new { });
            var ports = FreePorts.Take(2);
            contestants.BareUrl = $"http://127.0.0.1:{ports[0]}";
            contestants.Add(ServerProcess.Start(
                "dotnet", [typeof(Contestants).Assembly.Location, "bare", Text(ports[0]), Text(processes), contestants.NewDirectory()], "dotnet-sdk-10.0"));
            if (withFlask)
            {
                contestants.FlaskUrl = $"http://127.0.0.1:{ports[1]}";
                contestants.Add(ServerProcess.Start("gunicorn", ["-w", "4", "-b", $"127.0.0.1:{ports[1]}", "--chdir", Path.Combine(Repository.Root, "benchmarks", "flask"), "app:app"], "gunicorn python3-flask"));
            }

            using var client = new HttpClient();
            await Eventually.TrueAsync(() => AnswersAsync(client, contestants.BareUrl + "/sleep"), "the bare engine answers");
            if (withFlask) await Eventually.TrueAsync(() => AnswersAsync(client, contestants.FlaskUrl + "/"), "gunicorn answers");
            return contestants;
        }
        catch
        {
            await contestants.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers) await server.DisposeAsync();
        foreach (var directory in _directories) directory.Dispose();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static async Task<bool> AnswersAsync(HttpClient client, string url)
    {
        try
        {
            using var answer = await client.GetAsync(url);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private string NewDirectory()
    {
        var directory = new TestDirectory();
        _directories.Add(directory);
        return directory.Path;
    }

    private T Add<T>(T server)
        where T : IAsyncDisposable
    {
        _servers.Add(server);
        return server;
    }
}
