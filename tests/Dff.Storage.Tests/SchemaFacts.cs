using System.Text.RegularExpressions;
using Dff.Storage.Migrations;

namespace Dff.Storage.Tests;

/// <summary>What the migrations of the SQLite dialect create, read from their text; the other dialect is compared with it.</summary>
internal static partial class SchemaFacts
{
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Columns { get; } = Read();

    /// <summary>The text of every migration of one dialect, by its name.</summary>
    public static IReadOnlyList<(string Name, string Text)> Migrations(string dialect)
    {
        var assembly = typeof(Migrator).Assembly;
        return
        [
            .. assembly.GetManifestResourceNames().Where(name => name.Contains($".Migrations.{dialect}.", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                return (name, reader.ReadToEnd());
            }),
        ];
    }

    private static Dictionary<string, IReadOnlyList<string>> Read()
    {
        var tables = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var (_, text) in Migrations("sqlite"))
        {
            foreach (Match table in Table().Matches(text))
            {
                tables[table.Groups[1].Value] =
                [
                    .. Nested().Replace(table.Groups[2].Value, "").Split(',').Select(column => column.Trim().Split([' ', '\n'])[0])
                        .Where(name => name is not ("PRIMARY" or "UNIQUE" or "FOREIGN" or "CHECK" or "")),
                ];
            }
        }

        foreach (var column in Migrations("sqlite").SelectMany(migration => AddedColumn().Matches(migration.Text)))
            tables[column.Groups[1].Value] = [.. tables[column.Groups[1].Value], column.Groups[2].Value];

        return tables;
    }

    [GeneratedRegex(@"CREATE TABLE (\w+) \((.*?)\)( WITHOUT ROWID)?;", RegexOptions.Singleline)]
    private static partial Regex Table();

    [GeneratedRegex(@"ALTER TABLE (\w+) ADD COLUMN (\w+)")]
    private static partial Regex AddedColumn();

    [GeneratedRegex(@"\([^()]*\)")]
    private static partial Regex Nested();
}
