using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.Scripts;
using Dff.Storage.ApiAuths;
using Dff.Storage.Scripts;

namespace Dff.Grains.Functions;

/// <summary>What auth links and batches may be changed to: both let callers call one function.</summary>
public sealed class CallerRules(IFunctionCatalog functions, FuncRepository functionRows, ApiAuthRepository apiAuths)
{
    /// <param name="ownFuncId">What stays where no other function is given; likewise the arguments.</param>
    /// <exception cref="DffException">The function or the API authentication is not there, or no call could ever succeed with these arguments.</exception>
    public async Task RequireAsync(Change<string> apiAuthId, Change<string> funcId, Change<string> kwargsJson, string? ownFuncId, string? ownKwargsJson)
    {
        // To accept one that is not there would leave open, or shut, what its owner believes to be guarded.
        if (apiAuthId.Value is { } auth && await apiAuths.FindAsync(auth, CancellationToken.None) is null)
            throw new DffException(ErrorReason.ClientNotFound, $"data.apiAuthId: no API authentication {auth}", new { field = "data.apiAuthId", id = auth });
        var called = funcId.Or(ownFuncId)!;
        if (funcId.IsSet && await functions.FindAsync(called, CancellationToken.None) is null)
            throw new DffException(ErrorReason.ClientNotFound, $"data.funcId: no published function {called}", new { field = "data.funcId", funcId = called });
        if (!funcId.IsSet && !kwargsJson.IsSet) return;
        FunctionArguments.Require(called, kwargsJson.Or(ownKwargsJson)!, (await functionRows.FindArgumentsAsync(called, CancellationToken.None))?.Text, hasCaller: true);
    }
}
