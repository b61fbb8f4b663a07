using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Dff.Abstractions.Caching;
using Dff.Storage.ApiAuths;
using Dff.Storage.Secrets;

namespace Dff.Web.ApiAuths;

/// <summary>What a check needs, computed once: hashes that are compared, not the secrets themselves.</summary>
public sealed class KnownApiAuth
{
    public const string Realm = "Dff API";

    public KnownApiAuth(string id, string type, ApiAuthConfig config)
    {
        (Id, Type, FuncId) = (id, type, config.FuncId);
        Fields = [.. (config.Fields ?? []).GroupBy(field => (field.Location, Name: field.Location == "header" ? field.Name.ToLowerInvariant() : field.Name))
            .Select(field => new KnownField(field.Key.Location, field.Key.Name, [.. field.Select(value => SHA256.HashData(Encoding.UTF8.GetBytes(value.Value)))]))];
        BasicHashes = type == ApiAuthConfig.HttpBasic ? [.. config.Users!.Select(user => SHA256.HashData(Encoding.UTF8.GetBytes($"{user.Username}:{user.Password}")))] : [];
        DigestHashes = type == ApiAuthConfig.HttpDigest ? config.Users!.ToDictionary(user => user.Username, DigestHash.Of, StringComparer.Ordinal) : [];
    }

    public string Id { get; }

    public string Type { get; }

    public string? FuncId { get; }

    public IReadOnlyList<KnownField> Fields { get; }

    /// <summary>Of <c>name:password</c>.</summary>
    public IReadOnlyList<byte[]> BasicHashes { get; }

    public Dictionary<string, DigestHash> DigestHashes { get; }

    public sealed record KnownField(string Location, string Name, IReadOnlyList<byte[]> Hashes);

    /// <summary>H(A1) of RFC 7616.</summary>
    public sealed record DigestHash(string Md5, string Sha256)
    {
        public static DigestHash Of(SecretUser user)
        {
            var text = Encoding.UTF8.GetBytes($"{user.Username}:{Realm}:{user.Password}");
            return new DigestHash(Convert.ToHexStringLower(MD5.HashData(text)), Convert.ToHexStringLower(SHA256.HashData(text)));
        }
    }
}

/// <summary>Remembered on every silo, and forgotten there when one changes: a check asks no store.</summary>
public sealed class KnownApiAuths : IChangeHandler
{
    private const int MostRemembered = 10_000;

    private readonly ApiAuthRepository _rows;
    private readonly SecretBox _box;
    private readonly IChangeFeed _changes;
    private readonly ConcurrentDictionary<string, KnownApiAuth> _remembered = new(StringComparer.Ordinal);
    private long _invalidations;

    public KnownApiAuths(ApiAuthRepository rows, SecretBox box, IChangeFeed changes)
    {
        (_rows, _box, _changes) = (rows, box, changes);
        changes.Subscribe(ChangeKind.ApiAuth, this);
    }

    public async ValueTask<KnownApiAuth?> FindAsync(string id, CancellationToken cancellationToken)
    {
        await _changes.EnsureCurrentAsync(cancellationToken);
        return _remembered.TryGetValue(id, out var auth) ? auth : await ReadAsync(id, cancellationToken);
    }

    public Task ApplyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _invalidations);
        foreach (var key in keys) _remembered.TryRemove(key, out _);
        return Task.CompletedTask;
    }

    public Task ReloadAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _invalidations);
        _remembered.Clear();
        return Task.CompletedTask;
    }

    private async Task<KnownApiAuth?> ReadAsync(string id, CancellationToken cancellationToken)
    {
        var before = Interlocked.Read(ref _invalidations);
        if (await _rows.FindAsync(id, cancellationToken) is not { } row) return null;
        var auth = new KnownApiAuth(row.Id, row.Type, ApiAuthConfig.Parse(_box.Open(row.SealedConfig, ApiAuthRow.PlaceOf(row.Id))));
        if (_remembered.Count >= MostRemembered) _remembered.Clear();
        _remembered[id] = auth;
        // A change that was applied while we read may have removed it before we wrote it.
        if (Interlocked.Read(ref _invalidations) != before) _remembered.TryRemove(id, out _);
        return auth;
    }
}
