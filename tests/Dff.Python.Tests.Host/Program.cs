using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Python;
using Dff.Python.Tests;
using Microsoft.Extensions.Logging.Abstractions;

// An engine in a process of its own, for tests that kill the silo or give it a machine of its own kind.
// Arguments: the run directory, the data directory, the first uid. Each line of stdin is a call {code, func, timeout}, answered by a line on stdout.
var (runDirectory, dataDirectory) = (args[0], args[1]);
var options = new PythonEngineOptions
{
    RunDirectory = runDirectory,
    DataDirectory = dataDirectory,
    ExtraPackagesDirectory = Path.Combine(dataDirectory, "extra-python-packages"),
    ResourcesDirectory = Path.Combine(dataDirectory, "resources"),
    WorkerUidBase = int.Parse(args[2], CultureInfo.InvariantCulture),
};
var store = new CodeStore();
await using var engine = new PythonEngine(options, new MemoryHost(TimeProvider.System), TimeProvider.System, NullLogger<PythonEngine>.Instance);
await engine.StartAsync(CancellationToken.None);
var output = new Lock();
Say(new JsonObject { ["isolation"] = engine.GetReport().Isolation });
while (await Console.In.ReadLineAsync() is { } line)
{
    var request = JsonNode.Parse(line)!;
    store.Publish("host__script", request["code"]!.GetValue<string>());
    var call = new PythonCall
    {
        Queue = 1,
        Code = store.Current,
        ScriptId = "host__script",
        FunctionName = "f",
        Timeout = TimeSpan.FromSeconds(request["timeout"]?.GetValue<double>() ?? 30),
        OnLog = chunk => Say(new JsonObject { ["log"] = chunk.Text }),
    };
    var outcome = await engine.CallAsync(call, CancellationToken.None);
    Say(new JsonObject
    {
        ["kind"] = outcome.Kind.ToString(),
        ["message"] = outcome.ErrorMessage,
        ["raw"] = Encoding.UTF8.GetString(outcome.Raw.Span),
        ["processes"] = new JsonArray([.. engine.GetReport().Pools.SelectMany(pool => pool.ProcessIds).Select(id => (JsonNode)id)]),
    });
}

void Say(JsonObject line)
{
    lock (output)
    {
        Console.Out.WriteLine(line.ToJsonString(JsonSerializerOptions.Default));
        Console.Out.Flush();
    }
}
