using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Dff.Storage.Connections;

/// <summary>Connections to the embedded store: write-ahead log, every commit synced.</summary>
/// <param name="gate">
/// When given, a connection holds it while it is open. Microsoft.Data.Sqlite waits for locks by blocking its thread, so writers must queue up before
/// they reach it; the grain storage, whose transactions we do not write, gets such connections.
/// </param>
internal sealed class SqliteStoreDataSource(string path, SemaphoreSlim? gate) : DbDataSource
{
    private readonly string _connectionString = new SqliteConnectionStringBuilder { DataSource = path, ForeignKeys = true, DefaultTimeout = 30 }.ToString();

    public override string ConnectionString => _connectionString;

    protected override DbConnection CreateDbConnection() => new StoreConnection(_connectionString, gate);

    private sealed class StoreConnection(string connectionString, SemaphoreSlim? gate) : SqliteConnection(connectionString)
    {
        private bool _holdsGate;

        public override void Open()
        {
            gate?.Wait();
            OpenInside();
        }

        public override async Task OpenAsync(CancellationToken cancellationToken)
        {
            if (gate is not null) await gate.WaitAsync(cancellationToken);
            OpenInside();
        }

        public override void Close()
        {
            base.Close();
            if (!_holdsGate) return;
            _holdsGate = false;
            gate!.Release();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) Close();
            base.Dispose(disposing);
        }

        private void OpenInside()
        {
            _holdsGate = gate is not null;
            try
            {
                base.Open();
                using var pragmas = CreateCommand();
                pragmas.CommandText = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=30000;";
                pragmas.ExecuteNonQuery();
            }
            catch
            {
                if (State != ConnectionState.Closed) Close();
                else if (_holdsGate)
                {
                    _holdsGate = false;
                    gate!.Release();
                }

                throw;
            }
        }
    }
}
