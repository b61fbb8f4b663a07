using System.Security.Cryptography;
using System.Text;
using Dff.Abstractions.Caching;
using Dff.Storage.ApiAuths;
using Dff.Storage.Secrets;
using Dff.Web.Functions;

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
        DigestHashes = (type == ApiAuthConfig.HttpDigest ? config.Users! : []).ToDictionary(user => user.Username, DigestHash.Of, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        HasArguments = Fields.Any(field => field.Location != "header");
        Withheld = new WithheldParts(
            type == ApiAuthConfig.FixedField ? Fields.Where(field => field.Location == "header").Select(field => field.Name) : ["authorization"],
            Fields.Where(field => field.Location == "query").Select(field => field.Name));
    }

    public string Id { get; }

    public string Type { get; }

    public string? FuncId { get; }

    public IReadOnlyList<KnownField> Fields { get; }

    /// <summary>Of <c>name:password</c>.</summary>
    public IReadOnlyList<byte[]> BasicHashes { get; }

    /// <summary>By user name.</summary>
    public Dictionary<string, DigestHash>.AlternateLookup<ReadOnlySpan<char>> DigestHashes { get; }

    /// <summary>What callers show stands among the arguments of their calls too.</summary>
    public bool HasArguments { get; }

    /// <summary>What callers show only to pass, which is not for the function, nor for the store where its call is queued.</summary>
    public WithheldParts Withheld { get; }

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
public sealed class KnownApiAuths
{
    private const int Capacity = 10_000;

    private readonly InvalidatingCache<KnownApiAuth> _auths;

    public KnownApiAuths(ApiAuthRepository rows, SecretBox box, IChangeFeed changes)
    {
        _auths = new InvalidatingCache<KnownApiAuth>(ReadAsync, changes, Capacity);
        changes.Subscribe(ChangeKind.ApiAuth, _auths);

        async Task<KnownApiAuth?> ReadAsync(string id, CancellationToken cancellationToken) =>
            await rows.FindAsync(id, cancellationToken) is { } row ? new KnownApiAuth(row.Id, row.Type, ApiAuthConfig.Parse(box.Open(row.SealedConfig, ApiAuthRow.PlaceOf(row.Id)))) : null;
    }

    public ValueTask<KnownApiAuth?> FindAsync(string id, CancellationToken cancellationToken) => _auths.FindAsync(id, cancellationToken);
}
