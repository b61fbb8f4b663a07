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
    ];

    /// <summary>Routes whose <c>data</c> may be any JSON.</summary>
    private static readonly HashSet<string> Any = [];

    [Fact]
    public async Task The_client_has_the_document_that_the_server_serves()
    {
        var copy = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Repository.Root, Copy)))!;

        Comparable(copy).Should().Be(Comparable(await ServedAsync()), $"the client's types are made from {Copy}; renew it with `{Renew}`");
    }

    [Fact]
    public async Task The_program_prints_the_document_without_starting_a_node()
    {
        using var directory = new TestDirectory();
        await using var program = SiloProcess.Launch(directory.Path, isSetUp: false, arguments: "--openapi");

        await program.WaitForExitAsync();

        program.ExitCode.Should().Be(0, program.Output);
        Comparable(JsonNode.Parse(program.Output)!).Should().Be(Comparable(await ServedAsync()));
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

    /// <summary>Text that is the same where the documents are, but for the program's version.</summary>
    private static string Comparable(JsonNode document)
    {
        document["info"]!.AsObject().Remove("version");
        return Sorted(document)!.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true });
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject fields => new JsonObject(fields.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => KeyValuePair.Create(field.Key, Sorted(field.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
