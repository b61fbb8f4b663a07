using System.Text.Json;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Grains.Functions;
using Dff.Storage.Scripts;

namespace Dff.Grains.Packages.Parts;

/// <summary>The functions as they will be when a package has been imported: those of its scripts as it says, all others as they are.</summary>
public sealed class ImportedFunctions(PackageContent content, FuncRepository rows)
{
    private readonly HashSet<string> _scripts = content.Scripts.Where(script => script.PublishVersion > 0).Select(script => script.Id).ToHashSet(StringComparer.Ordinal);
    private readonly Dictionary<string, PackageFunc> _functions = content.Funcs.ToDictionary(function => $"{function.ScriptId}.{function.Name}", StringComparer.Ordinal);

    /// <summary>Whether a link or config with these fixed arguments could ever be called.</summary>
    /// <param name="kwargsJson">JSON object.</param>
    public async Task RequireAsync(PackageRow row, string funcId, string kwargsJson, bool hasCaller, CancellationToken cancellationToken)
    {
        var (exists, arguments) = await FindAsync(funcId, cancellationToken);
        if (!exists) throw row.Wrong("funcId", $"there will be no published function {funcId}; export it along, or publish it first");
        try
        {
            FunctionArguments.Require(funcId, kwargsJson, arguments, hasCaller);
        }
        catch (DffException error)
        {
            throw row.Wrong("funcCallKwargsJSON", error.Message);
        }
    }

    /// <summary>What the decorator says of its schedule; null: nothing.</summary>
    public async Task<string?> FixedCrontabAsync(string funcId, IFunctionCatalog catalog, CancellationToken cancellationToken)
    {
        if (!_functions.TryGetValue(funcId, out var function)) return IsReplaced(funcId) ? null : (await catalog.FindAsync(funcId, cancellationToken))?.FixedCrontab;
        return function.Facts.TryGetProperty("extraConfig", out var extra) && extra.ValueKind == JsonValueKind.Object
            && extra.TryGetProperty("fixedCrontab", out var crontab) && crontab.ValueKind == JsonValueKind.String ? crontab.GetString() : null;
    }

    private async Task<(bool Exists, string? ArgumentsJson)> FindAsync(string funcId, CancellationToken cancellationToken)
    {
        if (_functions.TryGetValue(funcId, out var function))
            return (true, function.Facts.TryGetProperty("kwargs", out var kwargs) && kwargs.ValueKind == JsonValueKind.Object ? kwargs.GetRawText() : null);
        if (IsReplaced(funcId)) return (false, null);
        var found = await rows.FindArgumentsOrMissingAsync(funcId, cancellationToken);
        return (found.Exists, found.ArgumentsJson);
    }

    private bool IsReplaced(string funcId)
    {
        var dot = funcId.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && _scripts.Contains(funcId[..dot]);
    }
}
