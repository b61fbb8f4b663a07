using System.Data.Common;
using Dapper;
using Dff.Storage.Connections;
using Dff.Storage.Tasks;

namespace Dff.Storage.Packages;

/// <summary>Contents of any size, by the ID of the record that they belong to.</summary>
public sealed class StoredContent(StoreDatabase database)
{
    private const int PieceBytes = 512 * 1024;

    public Task WriteAsync(DbConnection connection, DbTransaction transaction, string ownerId, byte[] content) =>
        new RowBatch(connection, transaction, database.IsSqlite).InsertAsync(
            "stored_content", "ownerId, piece, content", [.. content.Chunk(PieceBytes).Select((piece, number) => new object?[] { ownerId, number, piece })]);

    /// <returns>Empty where there is none.</returns>
    public async Task<byte[]> ReadAsync(string ownerId, CancellationToken cancellationToken)
    {
        var pieces = await database.QueryAsync<byte[]>("SELECT content FROM stored_content WHERE ownerId = @ownerId ORDER BY piece", new { ownerId }, cancellationToken);
        var content = new byte[pieces.Sum(piece => piece.Length)];
        var written = 0;
        foreach (var piece in pieces)
        {
            piece.CopyTo(content, written);
            written += piece.Length;
        }

        return content;
    }

    public static Task DeleteAsync(DbConnection connection, DbTransaction transaction, IReadOnlyCollection<string> ownerIds) =>
        connection.ExecuteAsync("DELETE FROM stored_content WHERE ownerId IN @ownerIds", new { ownerIds }, transaction);
}
