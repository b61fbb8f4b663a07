namespace Dff.Abstractions.Caching;

/// <summary>Kinds of records that silos keep in memory.</summary>
public static class ChangeKind
{
    public const string ScriptSet = "scriptSet";
    public const string Script = "script";
    public const string AuthLink = "authLink";
    public const string Batch = "batch";
    public const string EnvVariable = "envVariable";
    public const string DataSource = "dataSource";
    public const string User = "user";
    public const string AccessKey = "accessKey";
    public const string Session = "session";
    public const string ApiAuth = "apiAuth";
    public const string SystemConfig = "systemConfig";

    /// <summary>The state of a grain was written past it, in a change of many grains; the key is the state's name and the grain's key, like <c>script/set__a</c>.</summary>
    public const string GrainState = "grainState";
}

/// <summary>
/// Keeps the memories of all silos in step with the store. Every change appends a row to the change log in its own transaction; announcing it makes every
/// live silo read up to that row. A silo that does not answer cannot serve anything stale after its lease, which ends 5 s after it last read the log.
/// </summary>
public interface IChangeFeed
{
    /// <summary>Handlers run one after the other, in the order of changes, before anybody waiting for the change goes on. Call it before the silo starts.</summary>
    void Subscribe(string kind, IChangeHandler handler);

    /// <summary>Returns when no silo can serve anything older than <paramref name="sequence"/>.</summary>
    Task AnnounceAsync(long sequence, CancellationToken cancellationToken);

    /// <summary>Free while the lease is valid; else reads the log. Throws ESysDB where that fails.</summary>
    ValueTask EnsureCurrentAsync(CancellationToken cancellationToken);
}

public interface IChangeHandler
{
    Task ApplyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken);

    /// <summary>Everything may have changed.</summary>
    Task ReloadAsync(CancellationToken cancellationToken);
}
