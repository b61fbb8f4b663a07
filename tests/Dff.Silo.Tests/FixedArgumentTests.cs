using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>Auth links and batches whose fixed arguments cannot fit their function are refused when they are configured, not when they are called.</summary>
public sealed class FixedArgumentTests(SqliteSilo silo)
{
    private const string Code =
        """
        @DFF.API('F')
        def f(x, y=2):
            return [x, y]
        @DFF.API('Any')
        def any(x, **more):
            return [x, more]
        """;

    private readonly ApiClient _api = silo.Api;

    [Theory]
    [InlineData("f", """{"x":1,"z":3}""", "z")]
    [InlineData("f", """{}""", "x")]
    [InlineData("f", """{"y":3}""", "x")]
    [InlineData("f", """{"x":1,"**kwargs":{"y":2}}""", "**kwargs")]
    [InlineData("any", """{"z":3}""", "x")]
    [InlineData("f", """{"x":1}""", null)]
    [InlineData("f", """{"x":"FROM_PARAMETER"}""", null)]
    [InlineData("f", """{"**kwargs":"INPUT_BY_CALLER"}""", null)]
    [InlineData("f", """{"x":1,"later":"FROM_PARAMETER"}""", null)]
    [InlineData("any", """{"x":1,"z":3}""", null)]
    public async Task What_can_never_succeed_is_refused_by_the_name_of_the_argument(string function, string kwargs, string? wrong)
    {
        var script = $"fits_{Guid.NewGuid():N}__a";
        await _api.PublishAsync(script, Code);
        foreach (var kind in (string[])["auth-links", "batches"])
        {
            object Data(JsonNode given) => new { data = new { funcId = $"{script}.{function}", funcCallKwargsJSON = given } };
            var added = await _api.PostAsync($"/api/v1/{kind}/do/add", Data(JsonNode.Parse(kwargs)!));
            var other = (string)(await _api.PostAsync($"/api/v1/{kind}/do/add", Data(new JsonObject { ["x"] = 0 }))).RequireOk().Data!["id"]!;
            var modified = await _api.PostAsync($"/api/v1/{kind}/{other}/do/modify", new { data = new { funcCallKwargsJSON = JsonNode.Parse(kwargs) } });

            foreach (var answer in (ApiAnswer[])[added, modified])
            {
                answer.IsOk.Should().Be(wrong is null, answer.Text);
                if (wrong is not null) ((int)answer.Status, (string?)answer.Json["detail"]!["field"]).Should().Be((400, $"data.funcCallKwargsJSON.{wrong}"));
            }

            var row = (await _api.GetAsync($"/api/v1/{kind}/do/list?id={other}")).RequireOk().Data![0]!;
            row["funcCallKwargsJSON"]!.ToJsonString().Should().Be(wrong is null ? JsonNode.Parse(kwargs)!.ToJsonString() : """{"x":0}""");
        }
    }
}
