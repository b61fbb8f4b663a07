using Dff.Abstractions.Users;

namespace Dff.Abstractions.Packages;

/// <summary>Script sets, with what belongs to them, as files that another installation can take in.</summary>
public interface IPackageExporter
{
    /// <summary>Writes a package and takes it down in the export history.</summary>
    /// <exception cref="Errors.DffException">EClientNotFound: one of the records that were asked for is not there.</exception>
    Task<ExportedPackage> ExportAsync(PackageSelection selection, CancellationToken cancellationToken);
}

/// <summary>Takes such files in.</summary>
public interface IPackageImporter
{
    /// <summary>Reads a package, says what importing it would do, and keeps it for a while to be confirmed by the same user. Changes nothing.</summary>
    /// <exception cref="Errors.DffException">EBizCondition.InvalidPassword: wrong password, or damaged; EClientBadRequest: a record in it is wrong.</exception>
    Task<PackageCheck> CheckAsync(byte[] file, string? password, Caller caller, CancellationToken cancellationToken);

    /// <summary>
    /// Imports a package: script sets, scripts, functions, links, batches, env variables and data sources in one transaction, which is in force on every silo when this
    /// answers. Crontab configs follow at once, and after a crash when the system runs again; the import history says so.
    /// </summary>
    /// <exception cref="Errors.DffException">As for a check; or a script is locked by another user. Nothing was changed.</exception>
    Task<PackageImported> ImportAsync(byte[] file, string? password, Caller caller, CancellationToken cancellationToken);

    /// <summary>Imports what was checked before.</summary>
    /// <exception cref="Errors.DffException">EBizCondition.ConfirmingImportTimeout: it is not, or no longer, there to be confirmed.</exception>
    Task<PackageImported> ConfirmAsync(string confirmId, Caller caller, CancellationToken cancellationToken);
}

/// <summary>The largest file that is read; asked before anything of it is.</summary>
public static class PackageFileLimit
{
    public const int Bytes = 64 * 1024 * 1024;
}

/// <summary>What to export.</summary>
public sealed record PackageSelection
{
    public required IReadOnlyList<string> ScriptSetIds { get; init; }

    /// <summary>Env variables that go along.</summary>
    public IReadOnlyList<string> EnvVariableIds { get; init; } = [];

    /// <summary>Data sources that go along, without their secrets.</summary>
    public IReadOnlyList<string> DataSourceIds { get; init; } = [];

    /// <summary>The auth links of functions in these sets go along.</summary>
    public bool WithAuthLinks { get; init; }

    public bool WithBatches { get; init; }

    public bool WithCrontabConfigs { get; init; }

    /// <summary>Null or empty: anybody can read the package.</summary>
    public string? Password { get; init; }

    public string? Note { get; init; }

    /// <summary>The format of DataFlux Func 1.0, which knows scripts only.</summary>
    public bool IsLegacy { get; init; }
}

public sealed record ExportedPackage(string FileName, byte[] Content);

/// <param name="Counts">Records by kind: scriptSets, scripts, funcs, envVariables, dataSources, authLinks, batches, crontabConfigs.</param>
public sealed record PackageSummary(IReadOnlyList<PackageSummaryScriptSet> ScriptSets, IReadOnlyDictionary<string, int> Counts, string? Note)
{
    /// <summary>What whoever imports it has to see to: data sources whose secrets are missing, for example.</summary>
    public IReadOnlyList<PackageNotice> Notices { get; init; } = [];
}

/// <param name="Part">As in the counts.</param>
public sealed record PackageNotice(string Part, string Id, string Message);

public sealed record PackageSummaryScriptSet(string Id, string? Title);

/// <param name="Kind">As in the counts of the summary.</param>
public sealed record PackageDiffRecord(string Kind, string Id, string? Title);

/// <param name="Add">What is not there yet.</param>
/// <param name="Replace">What is there and would become, or has become, what the package holds. Scripts of these sets that the package does not hold stay.</param>
public sealed record PackageDiff(IReadOnlyList<PackageDiffRecord> Add, IReadOnlyList<PackageDiffRecord> Replace);

public sealed record PackageCheck(string ConfirmId, PackageSummary Summary, PackageDiff Diff);

/// <param name="Id">Of the row in the import history.</param>
/// <param name="RecoverPointId">Of the scripts as they were before.</param>
/// <param name="Failures">What could not follow; everything else is in force.</param>
public sealed record PackageImported(string Id, string RecoverPointId, PackageSummary Summary, PackageDiff Diff, IReadOnlyList<PackageFailure> Failures);

public sealed record PackageFailure(string Part, string Id, string Reason, string Message);
