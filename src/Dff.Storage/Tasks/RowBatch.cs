using System.Data.Common;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Dff.Storage.Tasks;

/// <summary>
/// Writes many rows in few steps. A server is sent many at once, because each message costs; the embedded store is in this process and is quickest with one
/// prepared statement run again and again.
/// </summary>
/// <param name="collects">A server gets all statements in one message, at <see cref="FlushAsync"/>; until then nothing may be read that depends on them.</param>
internal sealed class RowBatch(DbConnection connection, DbTransaction? transaction, bool isSqlite, bool collects = false)
{
    private const int MostRows = 200;
    private const int MostBytes = 2 * 1024 * 1024;

    /// <summary>What is no longer than this is often the same in many rows.</summary>
    private const int LongestShared = 64;

    private readonly StringBuilder _text = new();
    private readonly Dictionary<string, string> _shared = new(StringComparer.Ordinal);
    private DbCommand? _message;
    private int _bytes;
    private (string Sql, Action<long?> Check)? _opening;

    /// <summary>What the first message to the server begins with.</summary>
    /// <param name="sql">Whole statements, one of which answers a number.</param>
    /// <param name="check">Is given the number, or null where there is none, and throws if the transaction must not be committed.</param>
    public void Open(string sql, Action<long?> check) => _opening = (sql, check);

    public Task InsertAsync(string table, string columns, IReadOnlyList<object?[]> rows)
    {
        if (rows.Count == 0) return Task.CompletedTask;
        var tuple = $"({string.Join(", ", rows[0].Select((_, index) => $"{{{index}}}"))})";
        return isSqlite ? OneByOneAsync($"INSERT INTO {table} ({columns}) VALUES {tuple}", rows) : TogetherAsync($"INSERT INTO {table} ({columns}) VALUES ", tuple, ", ", rows);
    }

    /// <param name="sql">One statement; {0}, {1} … stand for the values of a row.</param>
    /// <param name="rows">The statement is run once for each.</param>
    public Task ExecuteEachAsync(string sql, IReadOnlyList<object?[]> rows)
    {
        if (rows.Count == 0) return Task.CompletedTask;
        return isSqlite ? OneByOneAsync(sql, rows) : TogetherAsync("", sql, ";\n", rows);
    }

    /// <param name="sql">An update that ends with the name of its key column; {0}, {1} … stand for the values of a row but for the last, which is the key.</param>
    /// <param name="rows">Those that differ in their key alone share a statement, where statements are messages.</param>
    public async Task UpdateAsync(string sql, IReadOnlyList<object?[]> rows)
    {
        if (rows.Count == 0) return;
        if (isSqlite)
        {
            await OneByOneAsync($"{sql} = {{{rows[0].Length - 1}}}", rows);
            return;
        }

        foreach (var alike in rows.GroupBy(row => row.AsSpan(0, row.Length - 1).ToArray(), SameValues.Instance))
        {
            foreach (var some in alike.Chunk(MostRows))
            {
                var keys = string.Join(", ", some.Select((_, index) => string.Create(CultureInfo.InvariantCulture, $"{{{alike.Key.Length + index}}}")));
                await TogetherAsync("", $"{sql} IN ({keys})", "", [[.. alike.Key, .. some.Select(row => row[^1])]]);
            }
        }
    }

    /// <summary>Sends what has been collected.</summary>
    public async Task FlushAsync()
    {
        if (_message is null && _opening is null) return;
        await using var command = _message ?? NewCommand();
        var opening = _opening;
        command.CommandText = opening?.Sql + _text;
        _text.Clear();
        _shared.Clear();
        (_message, _bytes, _opening) = (null, 0, null);
        if (opening is { Check: var check }) check(await AnswerAsync(command));
        else await command.ExecuteNonQueryAsync();
    }

    /// <summary>Runs all statements.</summary>
    private static async Task<long?> AnswerAsync(DbCommand command)
    {
        await using var reader = await command.ExecuteReaderAsync();
        long? answer = await reader.ReadAsync() ? reader.GetInt64(0) : null;
        while (await reader.NextResultAsync())
        {
            // An error of a later statement is told when its result is reached.
        }

        return answer;
    }

    private async Task OneByOneAsync(string sql, IReadOnlyList<object?[]> rows)
    {
        await using var command = NewCommand();
        var parameters = rows[0].Select((_, index) => AddParameter(command, string.Create(CultureInfo.InvariantCulture, $"@p{index}"))).ToArray();
        command.CommandText = Format(sql, parameters.Select(parameter => parameter.ParameterName));
        foreach (var row in rows)
        {
            for (var index = 0; index < row.Length; index++) parameters[index].Value = row[index] ?? DBNull.Value;
            await command.ExecuteNonQueryAsync();
        }
    }

    private async Task TogetherAsync(string head, string each, string separator, IReadOnlyList<object?[]> rows)
    {
        var format = CompositeFormat.Parse(each);
        for (var done = 0; done < rows.Count;)
        {
            if (_bytes + SizeOf(rows[done]) > MostBytes) await FlushAsync();
            var command = _message ??= NewCommand();
            var first = done;
            for (; done < rows.Count && done - first < MostRows && (done == first || _bytes + SizeOf(rows[done]) <= MostBytes); done++)
            {
                _bytes += SizeOf(rows[done]);
                _text.Append(done == first ? head : separator).AppendFormat(CultureInfo.InvariantCulture, format, Placed(command, rows[done]));
            }

            _text.Append(";\n");
            if (!collects) await FlushAsync();
        }
    }

    /// <summary>
    /// What stands in the text for each value: numbers and null themselves, because each parameter costs the driver more than its text; parameters for the
    /// rest, one for all short texts that are the same.
    /// </summary>
    private object[] Placed(DbCommand command, object?[] row) => Array.ConvertAll(row, value =>
    {
        if (value is null) return "NULL";
        if (value is int or long) return value;
        if (value is string { Length: <= LongestShared } text)
        {
            ref var shared = ref CollectionsMarshal.GetValueRefOrAddDefault(_shared, text, out var isKnown);
            if (!isKnown) shared = Bind(command, text);
            return shared!;
        }

        return Bind(command, value);
    });

    private static string Format(string sql, IEnumerable<string> names) => string.Format(CultureInfo.InvariantCulture, sql, [.. names]);

    private DbCommand NewCommand()
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        return command;
    }

    private static string Bind(DbCommand command, object value)
    {
        var parameter = AddParameter(command, string.Create(CultureInfo.InvariantCulture, $"@p{command.Parameters.Count}"));
        parameter.Value = value;
        return parameter.ParameterName;
    }

    private static DbParameter AddParameter(DbCommand command, string name)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        command.Parameters.Add(parameter);
        return parameter;
    }

    private sealed class SameValues : IEqualityComparer<object?[]>
    {
        public static SameValues Instance { get; } = new();

        public bool Equals(object?[]? x, object?[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(object?[] values)
        {
            var hash = default(HashCode);
            foreach (var value in values) hash.Add(value);
            return hash.ToHashCode();
        }
    }

    private static int SizeOf(object?[] row) => row.Sum(value => value switch
    {
        string text => (3 * text.Length) + 8,
        byte[] bytes => (2 * bytes.Length) + 8,
        _ => 8,
    });
}
