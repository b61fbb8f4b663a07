using System.Data.Common;
using Dapper;

namespace Dff.Storage.Packages;

/// <summary>One import or recovery at a time in the whole cluster: each passes here first, and holds the gate until its transaction ends.</summary>
public static class ImportGate
{
    public static Task PassAsync(DbConnection connection, DbTransaction transaction) => connection.ExecuteAsync("UPDATE import_gate SET number = number + 1 WHERE id = 1", transaction: transaction);
}
