using System.Data.Common;
using Dapper;

namespace Dff.Storage.Lists;

/// <summary>Writes the row of a grain unless a newer state has written it already.</summary>
internal static class ProjectionWrite
{
    /// <param name="assignments">SET list of the update, without the version.</param>
    /// <param name="columns">Columns of the insert; the parameters have their names in Pascal case.</param>
    /// <returns>True when the row was written.</returns>
    public static async Task<bool> UpsertAsync(
        DbConnection connection, DbTransaction transaction, string table, string assignments, IReadOnlyList<string> columns, string id, long grainVersion, DynamicParameters parameters)
    {
        var stored = await connection.QueryFirstOrDefaultAsync<long?>($"SELECT grainVersion FROM {table} WHERE id = @id", new { id }, transaction);
        if (stored >= grainVersion) return false;
        var sql = stored is null
            ? $"INSERT INTO {table} ({string.Join(", ", columns)}) VALUES ({string.Join(", ", columns.Select(Parameter))})"
            : $"UPDATE {table} SET {assignments}, grainVersion = @GrainVersion WHERE id = @Id AND grainVersion < @GrainVersion";
        return await connection.ExecuteAsync(sql, parameters, transaction) > 0;
    }

    /// <summary>Parameters are named like the rows' properties; SQLite tells their case apart.</summary>
    private static string Parameter(string column) => $"@{char.ToUpperInvariant(column[0])}{column[1..]}";

    public static DynamicParameters With(this DynamicParameters parameters, string name, object? value)
    {
        parameters.Add(name, value);
        return parameters;
    }
}
