using Dff.Storage.Connections;
using Dff.Storage.Lists;

namespace Dff.Storage.Scripts;

/// <summary>The published functions; scripts write them.</summary>
public sealed class FuncRepository(StoreDatabase database)
{
    private const string FactColumns = "f.id, f.scriptId, f.name, p.publishVersion, f.extraConfigJSON, f.integration FROM func f JOIN script p ON p.id = f.scriptId";

    private static readonly ListDefinition List = new()
    {
        Columns = """
            f.seq, f.id, f.scriptSetId, f.scriptId, f.name, f.title, f.description, f.definition, f.argsJSON, f.kwargsJSON, f.extraConfigJSON, f.category, f.integration,
            f.tagsJSON, f.defOrder, f.createTime, f.updateTime, p.title AS ScptTitle, p.description AS ScptDescription, p.publishVersion AS ScptPublishVersion,
            s.title AS SsetTitle, s.description AS SsetDescription
            """,
        From = "func f LEFT JOIN script p ON p.id = f.scriptId LEFT JOIN script_set s ON s.id = f.scriptSetId",
        CountFrom = "func f",
        Filters = new Dictionary<string, string>
        {
            ["id"] = "f.id",
            ["scriptSetId"] = "f.scriptSetId",
            ["scriptId"] = "f.scriptId",
            ["category"] = "f.category",
            ["integration"] = "f.integration",
            ["name"] = "f.name",
            ["title"] = "f.title",
        },
        TagFilters = new Dictionary<string, string> { ["tags"] = "f.tagsJSON" },
        Sorts = new Dictionary<string, string> { ["seq"] = "f.seq", ["id"] = "f.id", ["defOrder"] = "f.defOrder" },
        SearchText = "f.searchText",
    };

    public Task<ListResult<FuncRow>> ListAsync(ListQuery query, CancellationToken cancellationToken) => List.RunAsync<FuncRow>(database, query, cancellationToken);

    /// <summary>The arguments of a function as a JSON object, by their names as they are written: <c>x</c>, <c>*args</c>, <c>**kwargs</c>; null where nothing is known.</summary>
    public Task<RawJson?> FindArgumentsAsync(string id, CancellationToken cancellationToken) =>
        database.QueryFirstAsync<RawJson?>("SELECT kwargsJSON FROM func WHERE id = @id", new { id }, cancellationToken);

    /// <summary>As above, telling a function of which nothing is known from one that is not there.</summary>
    public async Task<(bool Exists, string? ArgumentsJson)> FindArgumentsOrMissingAsync(string id, CancellationToken cancellationToken) =>
        await database.QueryFirstAsync<string>("SELECT COALESCE(kwargsJSON, '') FROM func WHERE id = @id", new { id }, cancellationToken) is { } found ? (true, found.Length == 0 ? null : found) : (false, null);

    public Task<IReadOnlyList<FuncFactsRow>> GetAllFactsAsync(CancellationToken cancellationToken) =>
        database.QueryAsync<FuncFactsRow>($"SELECT {FactColumns}", null, cancellationToken);

    public Task<IReadOnlyList<FuncFactsRow>> GetFactsOfScriptAsync(string scriptId, CancellationToken cancellationToken) =>
        database.QueryAsync<FuncFactsRow>($"SELECT {FactColumns} WHERE f.scriptId = @scriptId", new { scriptId }, cancellationToken);
}
