using System.Globalization;
using System.Text.Json;
using Dff.Python;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dff.Benchmarks;

/// <summary>The ceiling: the engine behind an endpoint that does nothing but to pass the arguments on and the result back.</summary>
internal static class BareEngine
{
    public const string Code = """
        import time
        @DFF.API('Add')
        def add(x, y):
            return x + y
        @DFF.API('Sleep')
        def sleep():
            time.sleep(0.1)
        @DFF.API('Large')
        def large():
            return {'items': [{'id': number, 'text': 'x' * 80} for number in range(9500)]}
        """;

    public static async Task ServeAsync(int port, int processes, string directory)
    {
        await using var engine = new PythonEngine(
            new PythonEngineOptions
            {
                RunDirectory = Path.Combine(Path.GetTempPath(), $"dff-bare-{Environment.ProcessId}"),
                DataDirectory = Path.Combine(directory, "data"),
                ExtraPackagesDirectory = Path.Combine(directory, "data", "extra-python-packages"),
                ResourcesDirectory = Path.Combine(directory, "data", "resources"),
                Concurrency = processes,
            },
            new NoHost(),
            TimeProvider.System,
            NullLogger<PythonEngine>.Instance);
        await engine.StartAsync(CancellationToken.None);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        await using var app = builder.Build();
        app.Run(async context =>
        {
            var kwargs = "{}"u8.ToArray();
            if (context.Request.Method == "POST")
            {
                using var body = await JsonDocument.ParseAsync(context.Request.Body);
                kwargs = JsonSerializer.SerializeToUtf8Bytes(body.RootElement.GetProperty("kwargs"));
            }

            var outcome = await engine.CallAsync(
                new PythonCall { Queue = 1, Code = OneScript.Instance, ScriptId = "bench__a", FunctionName = context.Request.Path.Value![1..], Kwargs = kwargs }, context.RequestAborted);
            context.Response.StatusCode = outcome.Kind == PythonOutcomeKind.Succeeded ? 200 : 500;
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(outcome.Raw);
        });
        await app.StartAsync();
        await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"listening on {port}"));
        await app.WaitForShutdownAsync();
    }

    private sealed class OneScript : ICodeSnapshot
    {
        private static readonly ScriptCode Script = new("bench__a", 1, System.Text.Encoding.UTF8.GetBytes(Code));

        public static OneScript Instance { get; } = new();

        public long Generation => 1;

        public ValueTask<ScriptCode?> GetAsync(string scriptId, CancellationToken cancellationToken) => ValueTask.FromResult(scriptId == Script.ScriptId ? Script : null);

        public int? VersionOf(string scriptId) => scriptId == Script.ScriptId ? Script.Version : null;

        public IReadOnlyCollection<string>? ChangedSince(long generation) => [];
    }

    private sealed class NoHost : IPythonHost
    {
        public ValueTask<HostReply> HandleAsync(PythonCall call, string operation, ReadOnlyMemory<byte> arguments, CancellationToken cancellationToken) =>
            ValueTask.FromResult(HostReply.Error("NotEnabledException", $"{operation} is not offered here."));
    }
}
