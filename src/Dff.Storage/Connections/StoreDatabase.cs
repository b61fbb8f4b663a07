using System.Data;
using System.Data.Common;
using Dapper;
using Dff.Storage.Lists;
using Microsoft.Data.Sqlite;

namespace Dff.Storage.Connections;

/// <summary>The database of the system: opens connections and runs write transactions, on SQLite one at a time and on MySQL again after a deadlock.</summary>
public sealed class StoreDatabase : IAsyncDisposable
{
    /// <summary>Begins a transaction like those of <see cref="WriteAsync"/>. An error where one is open already, so that none is ever continued by mistake.</summary>
    public const string BeginText = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;\nSTART TRANSACTION;\n";

    private const int MostAttempts = 5;

    private readonly SemaphoreSlim? _writeGate;

    static StoreDatabase() => ColumnTypes.Register();

    public StoreDatabase(StoreOptions options)
    {
        Options = options;
        if (options.Kind == StoreKind.Sqlite)
        {
            _writeGate = new SemaphoreSlim(1, 1);
            DataSource = new SqliteStoreDataSource(options.SqlitePath, null);
            GrainDataSource = new SqliteStoreDataSource(options.SqlitePath, _writeGate);
        }
        else
        {
            DataSource = GrainDataSource = new MySqlStoreDataSource(options);
        }
    }

    public StoreOptions Options { get; }

    public bool IsSqlite => Options.Kind == StoreKind.Sqlite;

    public DbDataSource DataSource { get; }

    /// <summary>For Orleans' providers: on SQLite its connections queue up for the one writer's place.</summary>
    public DbDataSource GrainDataSource { get; }

    public KnownCounts Counts { get; } = new(TimeProvider.System);

    public async Task<DbConnection> OpenAsync(CancellationToken cancellationToken) => await DataSource.OpenConnectionAsync(cancellationToken);

    /// <summary>Runs <paramref name="work"/> in one transaction, which is committed when it returns.</summary>
    public Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> work, CancellationToken cancellationToken) => AttemptAsync(
        async connection =>
        {
            await using var transaction = await connection.BeginTransactionAsync(IsSqlite ? IsolationLevel.Serializable : IsolationLevel.ReadCommitted, cancellationToken);
            var result = await work(connection, transaction);
            await transaction.CommitAsync(cancellationToken);
            return result;
        },
        cancellationToken);

    /// <summary>
    /// As <see cref="WriteAsync"/>, but on MySQL there is no transaction yet: <paramref name="work"/> is given null and puts <see cref="BeginText"/> before its first
    /// statements, because a message of its own costs as much as theirs.
    /// </summary>
    public Task<T> WriteBegunByWorkAsync<T>(Func<DbConnection, DbTransaction?, Task<T>> work, CancellationToken cancellationToken) => IsSqlite ? WriteAsync(work, cancellationToken) : AttemptAsync(
        async connection =>
        {
            try
            {
                var result = await work(connection, null);
                await connection.ExecuteAsync(new CommandDefinition("COMMIT", cancellationToken: cancellationToken));
                return result;
            }
            catch
            {
                await RollBackAsync(connection);
                throw;
            }
        },
        cancellationToken);

    /// <summary>The connection is used again, and must not bring its transaction along.</summary>
    private async Task RollBackAsync(DbConnection connection)
    {
        try
        {
            await connection.ExecuteAsync("ROLLBACK");
        }
        catch (Exception error) when (error is DbException or InvalidOperationException)
        {
            // It is broken: the server rolls back what was begun on it, and the driver is told to keep none of this age.
            await ((MySqlStoreDataSource)DataSource).ForgetConnectionsAsync();
        }
    }

    private async Task<T> AttemptAsync<T>(Func<DbConnection, Task<T>> write, CancellationToken cancellationToken)
    {
        if (_writeGate is not null) await _writeGate.WaitAsync(cancellationToken);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await using var connection = await OpenAsync(cancellationToken);
                    return await write(connection);
                }
                catch (DbException error) when (NumberOf(error) is 1205 or 1213 && attempt < MostAttempts)
                {
                    // A deadlock's victim has been rolled back whole, so it can simply be done again.
                }
            }
        }
        finally
        {
            _writeGate?.Release();
        }
    }

    /// <summary>Runs several reads that all see the store as it was at one moment.</summary>
    public async Task<T> SnapshotAsync<T>(Func<DbConnection, DbTransaction, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await using var transaction = connection is SqliteConnection sqlite
            ? sqlite.BeginTransaction(IsolationLevel.Serializable, deferred: true)
            : await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        return await work(connection, transaction);
    }

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        return (await connection.QueryAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken))).AsList();
    }

    public async Task<T?> QueryFirstAsync<T>(string sql, object? parameters, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        return await connection.QueryFirstOrDefaultAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
    }

    /// <summary>Lets the embedded store look which indexes tell much, where its tables have grown since it did so last; servers do that by themselves.</summary>
    public Task RefreshStatisticsAsync(CancellationToken cancellationToken) => !IsSqlite ? Task.CompletedTask : AttemptAsync(
        connection => connection.ExecuteAsync(new CommandDefinition("PRAGMA analysis_limit=1000; PRAGMA optimize=0x10002;", cancellationToken: cancellationToken)),
        cancellationToken);

    /// <returns>Bytes that the tables and indexes take; null where the server does not tell. A server may know it from its last statistics only.</returns>
    public Task<long?> SizeAsync(CancellationToken cancellationToken) => QueryFirstAsync<long?>(
        IsSqlite
            ? "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
            : "SELECT CAST(SUM(data_length + index_length) AS SIGNED) FROM information_schema.tables WHERE table_schema = DATABASE()",
        null,
        cancellationToken);

    public static bool IsDuplicateKey(DbException error) => error is SqliteException { SqliteExtendedErrorCode: 2067 or 1555 } || NumberOf(error) == 1062;

    /// <summary>Nothing can be written until somebody frees space; reading goes on.</summary>
    public static bool IsFull(DbException error) => error is SqliteException { SqliteErrorCode: 13 } || NumberOf(error) switch
    {
        // The table is full, the disk is full, error 28 of the operating system ("no space left") from the storage engine.
        1114 or 1021 => true,
        1026 or 1030 => error.Message.Contains("28", StringComparison.Ordinal),
        _ => false,
    };

    /// <summary>MySQL's number of an error, whichever driver tells it; null: it is no error of MySQL's.</summary>
    private static int? NumberOf(DbException error) => error switch
    {
        MySqlConnector.MySqlException told => told.Number,
        MySql.Data.MySqlClient.MySqlException told => told.Number,
        _ => null,
    };

    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        if (IsSqlite)
        {
            await using var connection = new SqliteConnection(DataSource.ConnectionString);
            SqliteConnection.ClearPool(connection);
        }

        _writeGate?.Dispose();
    }
}
