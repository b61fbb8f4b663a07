using Dff.Storage;

namespace Dff.Web.Setup;

/// <summary>Whether the first administrator has been created. Once true it stays true, so it is asked for only until then.</summary>
public sealed class SetupState(MetaRepository meta)
{
    private bool _isDone;

    /// <summary>False where it is not known, either.</summary>
    public bool IsKnownDone => _isDone;

    public async ValueTask<bool> IsDoneAsync(CancellationToken cancellationToken)
    {
        if (_isDone) return true;
        return _isDone = await meta.GetAsync("initialized", cancellationToken) is not null;
    }
}

/// <summary>The secret that lets set-up be done from another machine; printed to the log and known to who can read it.</summary>
public sealed record SetupToken(string Value);

/// <summary>What set-up says of the store and the cluster.</summary>
public sealed record Surroundings(string StoreKind, string ClusterKind);
