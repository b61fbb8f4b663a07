using System.Data.Common;
using System.Text.Json;
using Dapper;
using Dff.Abstractions.DataSources;
using Dff.Storage.Changes;
using Dff.Storage.Connections;
using Dff.Storage.Lists;
using Dff.Storage.Secrets;

namespace Dff.Storage.DataSources;

/// <summary>Rows of data sources. Secrets are sealed on their way in, and opened by <see cref="ConfigOf"/> alone.</summary>
public sealed class DataSourceRepository(StoreDatabase database, ChangeLog changes, SecretBox box, TimeProvider time)
{
    private const string Kind = "dataSource";
    private const string Columns =
        "seq, id, title, description, type, configJSON AS ConfigJSON, secretFieldsJSON AS SecretFieldsJSON, isBuiltin, isPinned, createTime, updateTime, sealedSecrets, configVersion";

    private const string Insert =
        """
        INSERT INTO data_source
          (id, title, description, type, configJSON, sealedSecrets, secretFieldsJSON, configVersion, isBuiltin, isPinned, searchText, createTime, updateTime)
        VALUES (@id, @title, @description, @type, @config, @secrets, @secretFields, @newVersion, @builtin, @pinned, @searchText, @now, @now)
        """;

    private static readonly ListDefinition List = new()
    {
        Columns = Columns,
        From = "data_source",
        CountFrom = "data_source",
        Filters = new Dictionary<string, string> { ["id"] = "id", ["type"] = "type" },
        Sorts = new Dictionary<string, string> { ["seq"] = "seq", ["id"] = "id" },
        SearchText = "searchText",
    };

    public Task<ListResult<DataSourceRow>> ListAsync(ListQuery query, CancellationToken cancellationToken) => List.RunAsync<DataSourceRow>(database, query, cancellationToken);

    public Task<IReadOnlyList<DataSourceRow>> GetAllAsync(CancellationToken cancellationToken) =>
        database.QueryAsync<DataSourceRow>($"SELECT {Columns} FROM data_source ORDER BY seq", null, cancellationToken);

    public Task<DataSourceRow?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.QueryFirstAsync<DataSourceRow>($"SELECT {Columns} FROM data_source WHERE id = @id", new { id }, cancellationToken);

    /// <summary>The configuration with its secrets.</summary>
    public DataSourceConfig ConfigOf(DataSourceRow row) =>
        DataSourceConfig.Parse(row.ConfigJSON.Text, row.SealedSecrets is null ? null : box.Open(row.SealedSecrets, DataSourceRow.PlaceOf(row.Id)));

    /// <exception cref="DuplicateKeyException">There is one with this ID.</exception>
    public async Task<long> AddAsync(NewDataSource source, CancellationToken cancellationToken)
    {
        try
        {
            return await database.WriteAsync((connection, transaction) => InsertAsync(connection, transaction, source), cancellationToken);
        }
        catch (DbException error) when (StoreDatabase.IsDuplicateKey(error))
        {
            throw new DuplicateKeyException(source.Id);
        }
    }

    /// <summary>Changes one that is as <paramref name="before"/> has it.</summary>
    /// <returns>The number of the change; null where it is gone, or its configuration has been changed since.</returns>
    public Task<long?> ModifyAsync(DataSourceRow before, DataSourceChange change, CancellationToken cancellationToken) => database.WriteAsync<long?>(
        async (connection, transaction) =>
        {
            var (title, description) = (change.Title.Or(before.Title), change.Description.Or(before.Description));
            var parameters = Parameters(before.Id, before.Type, title, description, change.Config)
                .With("pinned", change.IsPinned ?? before.IsPinned).With("version", before.ConfigVersion);
            var config = change.Config is null ? "" : "configJSON = @config, sealedSecrets = @secrets, secretFieldsJSON = @secretFields, configVersion = @newVersion,";
            var sql =
                $"""
                UPDATE data_source SET title = @title, description = @description, isPinned = @pinned, {config} searchText = @searchText, updateTime = @now
                WHERE id = @id AND configVersion = @version
                """;
            return await connection.ExecuteAsync(sql, parameters, transaction) == 0 ? null : await changes.AppendAsync(connection, transaction, Kind, before.Id);
        },
        cancellationToken);

    /// <summary>Adds it, or puts it in the place of the one there is, as scripts do. One that is built in stays.</summary>
    /// <returns>The number of the change; null where the one there is is built in.</returns>
    public Task<long?> SaveAsync(NewDataSource source, CancellationToken cancellationToken) => database.WriteAsync<long?>(
        async (connection, transaction) =>
        {
            var isBuiltin = await connection.ExecuteScalarAsync<bool?>("SELECT isBuiltin FROM data_source WHERE id = @Id", new { source.Id }, transaction);
            if (isBuiltin is null) return await InsertAsync(connection, transaction, source);
            if (isBuiltin.Value) return null;
            await connection.ExecuteAsync(
                """
                UPDATE data_source SET type = @type, title = @title, description = @description, configJSON = @config, sealedSecrets = @secrets, secretFieldsJSON = @secretFields,
                  configVersion = @newVersion, searchText = @searchText, updateTime = @now WHERE id = @id
                """,
                Parameters(source.Id, source.Type, source.Title, source.Description, source.Config),
                transaction);
            return await changes.AppendAsync(connection, transaction, Kind, source.Id);
        },
        cancellationToken);

    /// <summary>
    /// Adds it, or puts it in the place of the one there is, which keeps the secrets that it has at that moment. One that is built in stays. For a change of many
    /// records, which appends to the change log itself.
    /// </summary>
    /// <returns>The one there was.</returns>
    public async Task<DataSourceRow?> WriteRowAsync(DbConnection connection, DbTransaction transaction, NewDataSource source)
    {
        var sql = $"SELECT {Columns} FROM data_source WHERE id = @Id{(database.IsSqlite ? "" : " FOR UPDATE")}";
        var before = await connection.QueryFirstOrDefaultAsync<DataSourceRow>(sql, new { source.Id }, transaction);
        if (before?.IsBuiltin == true) return before;
        var parameters = Parameters(source.Id, source.Type, source.Title, source.Description, source.Config).With("builtin", source.IsBuiltin).With("pinned", source.IsPinned);
        await connection.ExecuteAsync(
            before is null
                ? Insert
                : """
                  UPDATE data_source SET type = @type, title = @title, description = @description, isPinned = @pinned, configJSON = @config, configVersion = @newVersion,
                    searchText = @searchText, updateTime = @now WHERE id = @id
                  """,
            parameters,
            transaction);
        return before;
    }

    /// <returns>The number of the change; null where there was none that could be deleted.</returns>
    public Task<long?> DeleteAsync(string id, CancellationToken cancellationToken) => database.WriteAsync<long?>(
        async (connection, transaction) =>
            await connection.ExecuteAsync("DELETE FROM data_source WHERE id = @id AND isBuiltin = 0", new { id }, transaction) == 0
                ? null
                : await changes.AppendAsync(connection, transaction, Kind, id),
        cancellationToken);

    private async Task<long> InsertAsync(DbConnection connection, DbTransaction transaction, NewDataSource source)
    {
        await connection.ExecuteAsync(
            Insert,
            Parameters(source.Id, source.Type, source.Title, source.Description, source.Config).With("builtin", source.IsBuiltin).With("pinned", source.IsPinned),
            transaction);
        return await changes.AppendAsync(connection, transaction, Kind, source.Id);
    }

    private DynamicParameters Parameters(string id, string type, string? title, string? description, DataSourceConfig? config)
    {
        var parameters = new DynamicParameters(new { id, type, title, description }).With("searchText", SearchText.Of(id, title, description)).With("now", time.GetUtcNow());
        if (config is null) return parameters;
        return parameters.With("config", config.ShownJson)
            .With("secrets", config.HasSecrets ? box.Seal(config.SecretsJson, DataSourceRow.PlaceOf(id)) : null)
            .With("secretFields", JsonSerializer.Serialize(config.SecretFields))
            .With("newVersion", Guid.NewGuid().ToString("N"));
    }
}
