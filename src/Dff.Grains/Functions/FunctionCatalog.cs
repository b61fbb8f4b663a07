using System.Collections.Immutable;
using System.Text.Json;
using Dff.Abstractions.Caching;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Functions;
using Dff.Storage;
using Dff.Storage.Scripts;

namespace Dff.Grains.Functions;

public sealed class FunctionCatalog(FuncRepository rows, WorkerOptions options, IChangeFeed changes) : IFunctionCatalog, IChangeHandler
{
    private ImmutableDictionary<string, FunctionFacts> _functions = ImmutableDictionary<string, FunctionFacts>.Empty;
    private ImmutableDictionary<string, ImmutableArray<string>> _idsByScript = ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    public async ValueTask<FunctionFacts?> FindAsync(string functionId, CancellationToken cancellationToken)
    {
        await changes.EnsureCurrentAsync(cancellationToken);
        return Volatile.Read(ref _functions).GetValueOrDefault(functionId);
    }

    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        var all = (await rows.GetAllFactsAsync(cancellationToken)).Select(Facts).ToList();
        _idsByScript = all.GroupBy(facts => facts.ScriptId, StringComparer.Ordinal).ToImmutableDictionary(
            script => script.Key, script => script.Select(facts => facts.Id).ToImmutableArray(), StringComparer.Ordinal);
        Volatile.Write(ref _functions, all.ToImmutableDictionary(facts => facts.Id, StringComparer.Ordinal));
    }

    public async Task ApplyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        var functions = _functions;
        foreach (var scriptId in keys)
        {
            var facts = (await rows.GetFactsOfScriptAsync(scriptId, cancellationToken)).Select(Facts).ToList();
            if (_idsByScript.TryGetValue(scriptId, out var before)) functions = functions.RemoveRange(before);
            functions = functions.SetItems(facts.Select(function => KeyValuePair.Create(function.Id, function)));
            _idsByScript = facts.Count == 0
                ? _idsByScript.Remove(scriptId)
                : _idsByScript.SetItem(scriptId, [.. facts.Select(function => function.Id)]);
        }

        Volatile.Write(ref _functions, functions);
    }

    private FunctionFacts Facts(FuncFactsRow row)
    {
        int? timeout = null, apiTimeout = null, queue = null, maxAttempts = null;
        double? cacheResult = null;
        string? fixedCrontab = null;
        AutoRunFacts? autoRun = null;
        if (row.ExtraConfigJSON is { } extra)
        {
            using var document = JsonDocument.Parse(extra.Text, new JsonDocumentOptions { MaxDepth = RawJson.DeepestNesting });
            timeout = Number(document.RootElement, "timeout") is { } seconds ? (int)seconds : null;
            apiTimeout = Number(document.RootElement, "apiTimeout") is { } wait ? (int)wait : null;
            cacheResult = Number(document.RootElement, "cacheResult");
            maxAttempts = Number(document.RootElement, "maxAttempts") is { } attempts ? (int)attempts : null;
            queue = QueueOf(document.RootElement);
            fixedCrontab = Text(document.RootElement, "fixedCrontab");
            if (row.Integration == AutoRunRepository.Integration) autoRun = AutoRun(document.RootElement);
        }

        return new FunctionFacts(row.Id, row.ScriptId, row.Name, row.PublishVersion, timeout, apiTimeout, cacheResult, queue, maxAttempts) { FixedCrontab = fixedCrontab, AutoRun = autoRun, IsSignIn = row.Integration == "signIn" };
    }

    private int? QueueOf(JsonElement extra)
    {
        if (extra.ValueKind != JsonValueKind.Object || !extra.TryGetProperty("queue", out var queue)) return null;
        if (queue.ValueKind == JsonValueKind.String) return options.QueueAliases.TryGetValue(queue.GetString()!, out var named) ? named : null;
        return queue.ValueKind == JsonValueKind.Number && queue.GetInt32() < options.QueueCount ? queue.GetInt32() : null;
    }

    private static AutoRunFacts? AutoRun(JsonElement extra) =>
        extra.ValueKind == JsonValueKind.Object && extra.TryGetProperty("integrationConfig", out var config)
            ? new AutoRunFacts(IsTrue(config, "onLaunch"), IsTrue(config, "onPublish"), Text(config, "crontab"))
            : null;

    private static bool IsTrue(JsonElement config, string field) => config.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.True;

    private static string? Text(JsonElement extra, string field) =>
        extra.ValueKind == JsonValueKind.Object && extra.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static double? Number(JsonElement extra, string field) =>
        extra.ValueKind == JsonValueKind.Object && extra.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
