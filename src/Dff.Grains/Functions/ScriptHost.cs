using System.Text.Json;
using System.Text.Json.Nodes;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Grains.DataSources;
using Dff.Grains.EnvVariables;
using Dff.Grains.FuncCaches;
using Dff.Python;

namespace Dff.Grains.Functions;

/// <summary>Answers what running scripts ask the silo for.</summary>
public sealed class ScriptHost(EnvVariableHost envVariables, DataSourceHost dataSources, FuncStoreHost store, FuncCacheHost cache, FunctionStarter starter, CustomOptions custom) : IPythonHost
{
    /// <summary>As deep as results may be.</summary>
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 1000 };

    public async ValueTask<HostReply> HandleAsync(PythonCall call, string operation, ReadOnlyMemory<byte> arguments, CancellationToken cancellationToken)
    {
        try
        {
            using var document = JsonDocument.Parse(arguments, Deep);
            var given = document.RootElement;
            return operation switch
            {
                "env.get" => await envVariables.GetAsync(given, cancellationToken),
                "env.list" => await envVariables.ListAsync(cancellationToken),
                "env.save" => await envVariables.SaveAsync(given, cancellationToken),
                "env.delete" => await envVariables.DeleteAsync(given, cancellationToken),
                "src.get" => await dataSources.GetAsync(given, cancellationToken),
                "src.open" => dataSources.Open(given),
                "src.list" => await dataSources.ListAsync(cancellationToken),
                "src.save" => await dataSources.SaveAsync(given, cancellationToken),
                "src.delete" => await dataSources.DeleteAsync(given, cancellationToken),
                "store.get" => await store.GetAsync(given, cancellationToken),
                "store.set" => await store.SetAsync(given, cancellationToken),
                "store.delete" => await store.DeleteAsync(given, cancellationToken),
                "func.start" => await starter.StartAsync(call, given, cancellationToken),
                "config.list" => HostReply.Json(CustomEntries()),
                _ => (operation.StartsWith("cache.", StringComparison.Ordinal) ? await cache.RunAsync(operation["cache.".Length..], given) : null)
                    ?? HostReply.Error("NotEnabledException", $"{operation} is not offered by this server"),
            };
        }
        catch (DffException error)
        {
            return HostReply.Error("ValueError", error.Message);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // The worker's arguments come from user code, which may have tampered with the harness.
            return HostReply.Error("ValueError", $"{operation}: unusable arguments: {error.Message}");
        }
    }

    private byte[] CustomEntries()
    {
        var entries = new JsonObject();
        foreach (var (key, json) in custom.Entries) entries[key] = JsonNode.Parse(json);
        return JsonSerializer.SerializeToUtf8Bytes(entries);
    }
}
