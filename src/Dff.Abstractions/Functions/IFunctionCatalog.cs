namespace Dff.Abstractions.Functions;

/// <summary>What a call needs to know of a published function.</summary>
/// <param name="Queue">Where the decorator sends it; null: by the way it is called.</param>
/// <param name="MaxAttempts">How often a task of it may begin when worker or node are lost; null: by the caller, or twice.</param>
/// <param name="CacheResultSeconds">How long a result may be answered again; null: never.</param>
public sealed record FunctionFacts(
    string Id, string ScriptId, string Name, int PublishVersion, int? TimeoutSeconds, int? ApiTimeoutSeconds, double? CacheResultSeconds, int? Queue, int? MaxAttempts)
{
    /// <summary>The decorator's <c>fixed_crontab</c>, which overrides that of a crontab config; null: there is none.</summary>
    public string? FixedCrontab { get; init; }

    /// <summary>Users may sign in by it (<c>integration='signIn'</c>).</summary>
    public bool IsSignIn { get; init; }

    /// <summary>When it runs by itself; null: it does not (<c>integration='autoRun'</c>).</summary>
    public AutoRunFacts? AutoRun { get; init; }
}

/// <param name="OnLaunch">Once at each start of the cluster.</param>
/// <param name="OnPublish">Once after each publish of its script.</param>
/// <param name="Crontab">By a crontab config of its own; null: there is none.</param>
public sealed record AutoRunFacts(bool OnLaunch, bool OnPublish, string? Crontab);

/// <summary>The published functions, in memory on every silo.</summary>
public interface IFunctionCatalog
{
    /// <summary>Null where no published script exports it. Throws ESysDB when the silo is cut off from the store and may not trust its memory.</summary>
    ValueTask<FunctionFacts?> FindAsync(string functionId, CancellationToken cancellationToken);
}
