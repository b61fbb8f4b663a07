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

    [Fact]
    public async Task Every_operation_is_described_and_shown_by_examples_that_are_true()
    {
        var document = await ServedAsync();
        var check = new SchemaCheck(document);
        var faults = new List<string>();
        foreach (var (name, operation) in OperationsOf(document))
        {
            if (string.IsNullOrWhiteSpace((string?)operation["summary"])) faults.Add($"{name} has no summary");
            foreach (var parameter in (operation["parameters"]?.AsArray() ?? []).Where(parameter => (string?)parameter!["in"] == "path" && parameter["example"] is null))
                faults.Add($"{name}: {(string?)parameter!["name"]} has no example");
            if (operation["requestBody"] is { } body) faults.AddRange(FaultsOf(check, body["content"]!, $"{name}: body"));
            faults.AddRange(operation["responses"]!["200"]!["content"] is { } answer ? FaultsOf(check, answer, $"{name}: answer") : [$"{name}: its answer is not described"]);
        }

        faults.Should().BeEmpty();
        var error = document["components"]!["schemas"]!["ErrorEnvelope"]!;
        check.Faults(error["examples"]![0], error).Should().BeEmpty();
    }

    [Fact]
    public async Task Every_example_of_a_body_is_taken_by_its_route()
    {
        using var directory = new TestDirectory();
        await using var own = await SiloProcess.StartAsync(directory.Path);
        var document = (await own.Api.GetAsync("/openapi/v1.json")).RequireOk().Json;
        var sent = 0;
        foreach (var (name, operation) in OperationsOf(document))
        {
            if (operation["requestBody"]?["content"]?["application/json"]?["example"] is not { } example) continue;
            var path = (operation["parameters"]?.AsArray() ?? []).Where(parameter => (string?)parameter!["in"] == "path")
                .Aggregate(name.Split(' ')[1], (path, parameter) => path.Replace($"{{{(string?)parameter!["name"]}}}", Uri.EscapeDataString((string)parameter!["example"]!), StringComparison.Ordinal));

            // Changes of many want to be told which ones.
            if (path.EndsWith("/do/modify-many", StringComparison.Ordinal)) path += "?id=none";
            var answer = await own.Api.PostTextAsync(path, example.ToJsonString());

            // What it speaks of may not be there; but it must have been understood.
            if (!answer.IsOk) answer.Reason.Should().NotBe("EClientBadRequest", $"{name} was sent {example.ToJsonString()} and answers {answer.Text}");
            ((int)answer.Status).Should().NotBe(500, answer.Text);
            sent++;
        }

        sent.Should().BePositive();
    }

    /// <summary>By method and path.</summary>
    private static IEnumerable<(string Name, JsonNode Operation)> OperationsOf(JsonNode document) =>
        document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => ($"{operation.Key.ToUpperInvariant()} {path.Key}", operation.Value!)));

    /// <summary>What is binary, or takes no field, needs no example.</summary>
    private static IEnumerable<string> FaultsOf(SchemaCheck check, JsonNode content, string place)
    {
        foreach (var (type, media) in content.AsObject())
        {
            var schema = media!["schema"]!;
            var takesNothing = schema["properties"] is null && schema["additionalProperties"] is JsonValue;
            if (takesNothing || (string?)schema["format"] == "binary") continue;
            if (!media.AsObject().ContainsKey("example")) yield return $"{place}: no example as {type}";
            else
            {
                foreach (var fault in check.Faults(media["example"], schema)) yield return $"{place}{fault}";
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
