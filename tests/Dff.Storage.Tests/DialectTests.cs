using Dff.Testing;
using FluentAssertions;

namespace Dff.Storage.Tests;

/// <summary>MySQL itself cannot run in the tests, so its SQL is kept to what both servers know.</summary>
public sealed class DialectTests
{
    /// <summary>What MariaDB knows and MySQL 8 does not.</summary>
    private static readonly string[] MariaDbOnly =
        ["RETURNING", "CREATE OR REPLACE TABLE", "IF NOT EXISTS IX", "DROP COLUMN IF EXISTS", "ADD COLUMN IF NOT EXISTS", "NEXTVAL", "CREATE SEQUENCE", "nopad_bin", "uca1400", "INET6", "UUID NOT NULL", "JSON_VALUE(", "NOWAIT WAIT"];

    [Fact]
    public void The_migrations_use_no_word_that_only_MariaDB_knows()
    {
        foreach (var (name, text) in SchemaFacts.Migrations("mysql"))
        {
            foreach (var word in MariaDbOnly) text.Should().NotContain(word, $"{name} must run on MySQL too");
        }
    }

    [Fact]
    public void The_repositories_use_no_word_that_only_one_database_knows()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "Dff.Storage"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)).ToList();

        sources.Should().NotBeEmpty();
        foreach (var file in sources)
        {
            var text = File.ReadAllText(file);
            foreach (var word in MariaDbOnly.Concat(["ON CONFLICT", "ON DUPLICATE KEY", "INSERT OR ", "INSERT IGNORE"]).Where(word => word != "nopad_bin"))
                text.Should().NotContain(word, $"{Path.GetFileName(file)} runs on all stores");
        }
    }
}
