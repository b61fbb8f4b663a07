using Dff.Abstractions.AuthLinks;
using Dff.Abstractions.Batches;
using Dff.Abstractions.Scripts;
using Orleans.Runtime;

namespace Dff.Grains.GrainStates;

/// <summary>States that are also written past their grains, in changes of many grains at once; by the names that they have in the store.</summary>
public static class StateNames
{
    public const string ScriptSet = "script-set";
    public const string Script = "script";
    public const string AuthLink = "auth-link";
    public const string Batch = "batch";

    public static IReadOnlyList<string> All { get; } = [ScriptSet, Script, AuthLink, Batch];

    /// <summary>The grain whose state it is.</summary>
    public static GrainId GrainOf(IGrainFactory grains, string name, string key) => name switch
    {
        ScriptSet => grains.GetGrain<IScriptSetGrain>(key).GetGrainId(),
        Script => grains.GetGrain<IScriptGrain>(key).GetGrainId(),
        AuthLink => grains.GetGrain<IAuthLinkGrain>(key).GetGrainId(),
        Batch => grains.GetGrain<IBatchGrain>(key).GetGrainId(),
        _ => throw new InvalidOperationException($"unknown state {name}"),
    };
}
