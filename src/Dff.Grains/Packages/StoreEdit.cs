using System.Data.Common;
using System.Text.Json;
using Dff.Abstractions.Packages;
using Dff.Abstractions.Users;
using Dff.Storage;
using Dff.Storage.Packages;

namespace Dff.Grains.Packages;

/// <summary>A change of many records in one transaction: what it has touched, and what is to follow when it is committed. It may be run again after a deadlock, so it is made anew for each attempt.</summary>
public sealed class StoreEdit(DbConnection connection, DbTransaction transaction, Caller caller, DateTimeOffset now)
{
    private readonly List<(string Kind, string EntityKey)> _changes = [];
    private readonly List<FollowUpRow> _followUps = [];
    private readonly List<PackageNotice> _notices = [];
    private readonly HashSet<string> _scripts = new(StringComparer.Ordinal);

    public DbConnection Connection { get; } = connection;

    public DbTransaction Transaction { get; } = transaction;

    public Caller Caller { get; } = caller;

    public DateTimeOffset Now { get; } = now;

    /// <summary>Entries of the change log, which are appended last and together.</summary>
    public IReadOnlyList<(string Kind, string EntityKey)> Changes => _changes;

    public IReadOnlyList<FollowUpRow> FollowUps => _followUps;

    /// <summary>What somebody has to see to.</summary>
    public IReadOnlyList<PackageNotice> Notices => _notices;

    /// <summary>Scripts whose functions that run by themselves are to be seen to.</summary>
    public IReadOnlyCollection<string> Scripts => _scripts;

    public void Note(string kind, string key) => _changes.Add((kind, key));

    public void Note((string Kind, string EntityKey) change) => _changes.Add(change);

    public void NoteScript(string scriptId)
    {
        _scripts.Add(scriptId);
        Note(Abstractions.Caching.ChangeKind.Script, scriptId);
    }

    public void Tell(string part, string id, string? notice)
    {
        if (notice is not null) _notices.Add(new PackageNotice(part, id, notice));
    }

    /// <summary>What cannot be part of the transaction is written down in it, and done afterwards, after a crash too.</summary>
    public void Follow(string importId, string part, string entityId, JsonElement row) =>
        _followUps.Add(new FollowUpRow { ImportId = importId, Part = part, EntityId = entityId, RowJSON = new RawJson(row.GetRawText()) });
}
