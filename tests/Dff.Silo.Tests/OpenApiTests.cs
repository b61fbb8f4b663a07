using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>The document of the API: complete, and the same wherever it is found.</summary>
public sealed class OpenApiTests(SqliteSilo silo)
{
    private const string Copy = "src/Dff.Web/client/openapi.json";
    private const string Renew = $"dotnet run --project src/Dff.Silo -c Release -- --openapi > {Copy}";

    /// <summary>Routes whose answers are no envelopes.</summary>
    private static readonly HashSet<string> Raw =
    [
        "/api/v1/captcha/do/get", "/api/v1/al/{id}", "/api/v1/al/{id}/simplified", "/api/v1/al/{id}/flattened",
        "/api/v1/sync/{id}", "/api/v1/sync/{id}/simplified", "/api/v1/sync/{id}/flattened", "/api/v1/tasks/{id}/events", "/api/v1/script-sets/do/export",
    ];

    /// <summary>Routes whose <c>data</c> may be any JSON.</summary>
    private static readonly HashSet<string> Any = ["/api/v1/data-sources/{id}/do/query", "/api/v1/connectors/{id}/do/query"];

    [Fact]
    public async Task The_client_has_the_document_that_the_server_serves()
    {
        var copy = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Repository.Root, Copy)))!;

        Differences(copy, await ServedAsync()).Should().BeEmpty($"the client's types are made from {Copy}; renew it with `{Renew}`");
    }

    [Fact]
    public async Task The_program_prints_the_document_without_starting_a_node()
    {
        using var directory = new TestDirectory();
        await using var program = SiloProcess.Launch(directory.Path, isSetUp: false, arguments: "--openapi");

        await program.WaitForExitAsync();

        program.ExitCode.Should().Be(0, program.Output);
        Differences(JsonNode.Parse(program.Output), await ServedAsync()).Should().BeEmpty();
        Directory.EnumerateFileSystemEntries(directory.Path).Should().BeEmpty();
    }

    [Fact]
    public async Task Every_envelope_describes_its_data()
    {
        var routes = (await ServedAsync())["paths"]!.AsObject().Where(path => path.Key.StartsWith("/api/", StringComparison.Ordinal) && !Raw.Contains(path.Key)).ToList();

        routes.Should().NotBeEmpty();
        foreach (var (path, operations) in routes)
        {
            foreach (var (method, operation) in operations!.AsObject())
            {
                var data = operation!["responses"]!["200"]!["content"]?["application/json"]?["schema"]?["properties"]?["data"];
                data.Should().NotBeNull($"{method} {path} answers data");
                SchemaCheck.IsAny(data!).Should().Be(Any.Contains(path), $"{method} {path} says what its data is: ApiRoute.Answer");
                ((string?)operation["responses"]!["default"]!["content"]!["application/json"]!["schema"]!["$ref"]).Should().Be("#/components/schemas/ErrorEnvelope", path);
            }
        }
    }

    private async Task<JsonNode> ServedAsync() => (await silo.Api.GetAsync("/openapi/v1.json")).RequireOk().Json;

    /// <summary>The places where the documents differ, but for the program's version.</summary>
    private static IEnumerable<string> Differences(JsonNode? one, JsonNode? other, string place = "") => (one, other) switch
    {
        _ when place == "/info/version" => [],
        (JsonObject left, JsonObject right) => left.Select(field => field.Key).Union(right.Select(field => field.Key)).SelectMany(name => Differences(left[name], right[name], $"{place}/{name}")),
        (JsonArray left, JsonArray right) when left.Count == right.Count => left.SelectMany((item, index) => Differences(item, right[index], $"{place}/{index}")),
        _ => JsonNode.DeepEquals(one, other) ? [] : [place],
    };
}
