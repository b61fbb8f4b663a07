using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.DataSources;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Storage.Secrets;

namespace Dff.Web.DataSources;

/// <summary>
/// Tries data sources, and runs single statements on them, where scripts do as well: in a worker process, with the same drivers, from the same place in the
/// network. A configuration that is not stored yet travels sealed.
/// </summary>
public sealed class DataSourceProbe(IFunctionWorkers workers, WorkerOptions worker, DataSourceOptions options, SecretBox box)
{
    private const string ScriptId = "dff__data_sources";
    private const string Code =
        "from dff_worker.sources import probe\n\ndef check(**given):\n    return probe.check(DFF.SRC, **given)\n\ndef query(**given):\n    return probe.query(DFF.SRC, **given)\n";

    // The server's own limit should be the one that ends a statement: it tells more, and keeps the process.
    private const double Grace = 1;

    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(30);

    /// <exception cref="DffException">EClientBadRequest.ConnectingToDataSourceFailed, with the server's words.</exception>
    public Task TestAsync(string id) => CheckAsync(new JsonObject { ["id"] = id });

    /// <summary>The same for a configuration that is not stored yet.</summary>
    public Task TestAsync(string id, string type, DataSourceConfig config)
    {
        var source = new JsonObject { ["id"] = id, ["type"] = type, ["config"] = config.ToJson() };
        return CheckAsync(new JsonObject { ["sealed"] = box.Seal(source.ToJsonString(), DataSourceRules.ProbePlace) });
    }

    /// <returns>UTF-8 JSON: rows, or what the server answers; text where <paramref name="isPrinted"/>.</returns>
    /// <exception cref="DffException">EClientBadRequest.QueryFailed or .QueryTimeout.</exception>
    public async Task<ReadOnlyMemory<byte>> QueryAsync(string id, string statement, string? database, bool isPrinted)
    {
        var given = new JsonObject
        {
            ["id"] = id,
            ["statement"] = statement,
            ["database"] = database,
            ["form"] = isPrinted ? "repr" : "json",
            ["rows"] = options.QueryMaxRows,
            ["size"] = options.QueryMaxBytes,
            ["seconds"] = options.QueryTimeout,
        };
        var outcome = await RunAsync("query", given, options.QueryTimeout + Grace);
        if (outcome.Kind == FunctionOutcomeKind.Succeeded) return outcome.Raw;
        var (reason, message) = Failure(outcome, options.QueryTimeout);
        throw reason switch
        {
            "driver" => Failed("ConnectingToDataSourceFailed", message),
            "timeout" => Failed("QueryTimeout", $"The query was stopped after {options.QueryTimeout} s: {message}"),
            _ => Failed("QueryFailed", $"The query failed: {message}"),
        };
    }

    private async Task CheckAsync(JsonObject given)
    {
        var outcome = await RunAsync("check", given, options.TestTimeout);
        if (outcome.Kind != FunctionOutcomeKind.Succeeded) throw Failed("ConnectingToDataSourceFailed", $"The data source cannot be reached: {Failure(outcome, options.TestTimeout).Message}");
    }

    private async Task<FunctionOutcome> RunAsync(string function, JsonObject given, double seconds)
    {
        var outcome = await workers.CallAsync(worker.DebugQueue, new FunctionCall
        {
            ScriptId = ScriptId,
            FunctionName = function,
            Kwargs = JsonSerializer.SerializeToUtf8Bytes(given),
            Context = FunctionContext.ForLoad(ScriptId, worker.DebugQueue),
            Timeout = TimeSpan.FromSeconds(seconds),
            WaitLimit = WaitLimit,
            DraftCode = Code,
        });
        if (outcome.Kind is FunctionOutcomeKind.Congested or FunctionOutcomeKind.NotStarted)
            throw new DffException(ErrorReason.WorkerQueueCongestion, "No worker process was free to reach the data source; try again", new { waiting = outcome.Waiting });
        return outcome;
    }

    /// <summary>What the harness says of it (dff_worker/sources/probe.py), or what became of the process.</summary>
    private static (string Reason, string Message) Failure(FunctionOutcome outcome, int seconds)
    {
        if (outcome.Kind == FunctionOutcomeKind.TimedOut) return ("timeout", $"the server did not answer within {seconds} s");
        if (outcome.ErrorType != "ProbeError" || outcome.ErrorMessage.IndexOf('{', StringComparison.Ordinal) is not (>= 0 and var start)) return ("statement", outcome.ErrorMessage);
        using var told = JsonDocument.Parse(outcome.ErrorMessage.AsMemory(start));
        return (told.RootElement.GetProperty("reason").GetString()!, told.RootElement.GetProperty("message").GetString()!);
    }

    private static DffException Failed(string subReason, string message) => new($"{ErrorReason.ClientBadRequest}.{subReason}", message);
}
