using System.Data.Common;
using System.Text.RegularExpressions;
using Dapper;

namespace Dff.Storage.Migrations;

/// <summary>What differs between MariaDB and MySQL, and what we need of either.</summary>
/// <param name="ExactCollation">Compares every character, trailing spaces too.</param>
internal sealed partial record MySqlServer(string ExactCollation, string CaseInsensitiveCollation)
{
    // The largest saved result is 16 MiB, which can double in the protocol.
    private const long LeastPacket = 32 * 1024 * 1024;

    public static async Task<MySqlServer> RequireSupportedAsync(DbConnection connection)
    {
        var text = await connection.ExecuteScalarAsync<string>("SELECT VERSION()") ?? "";
        var version = Version.TryParse(Number().Match(text).Value, out var parsed) ? parsed : new Version(0, 0);
        var isMariaDb = text.Contains("MariaDB", StringComparison.OrdinalIgnoreCase);
        var least = isMariaDb ? new Version(10, 6) : new Version(8, 0);
        if (version < least) throw new StoreException($"The database server is {text}; MariaDB 10.6 or MySQL 8.0 is the least that works");
        var packet = await connection.ExecuteScalarAsync<long>("SELECT @@max_allowed_packet");
        if (packet < LeastPacket) throw new StoreException($"The database server's max_allowed_packet is {packet}; set it to {LeastPacket} or more");
        return isMariaDb ? new MySqlServer("utf8mb4_nopad_bin", "utf8mb4_general_ci") : new MySqlServer("utf8mb4_0900_bin", "utf8mb4_0900_ai_ci");
    }

    [GeneratedRegex(@"\d+\.\d+(\.\d+)?")]
    private static partial Regex Number();
}
