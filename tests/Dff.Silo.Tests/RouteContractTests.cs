using System.Globalization;
using Dff.Silo.Tests.Contract;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>All routes of the 1.0 generation are there and take what they took, but for what <c>route-gaps.txt</c> names.</summary>
public sealed class RouteContractTests(SqliteSilo silo)
{
    [Fact]
    public async Task Every_route_of_the_contract_is_there_and_takes_what_it_says()
    {
        var comparison = await ComparisonAsync();
        var listed = ContractFile.Lines("route-gaps").Select(line => line.Split(" | ")).ToList();
        listed.Should().OnlyContain(gap => gap.Length == 4 && gap[3].Length > 0, "a gap is route | field | difference | reason");

        var found = ContractRoute.Read().SelectMany(comparison.Gaps).ToList();

        var known = listed.Select(gap => string.Join(" | ", gap[..3])).ToList();
        found.Except(known).Should().BeEmpty("what differs from the contract is mended, or stands in route-gaps.txt with its reason");
        known.Except(found).Should().BeEmpty("what no longer differs is struck from route-gaps.txt");
        known.Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task Every_list_of_the_contract_is_sorted_filtered_and_searched_by_what_it_says()
    {
        var comparison = await ComparisonAsync();
        var (failures, asked) = (new List<string>(), 0);
        foreach (var route in ContractRoute.Read().Where(route => route.Path.EndsWith("/do/list", StringComparison.Ordinal) && comparison.Has(route)))
        {
            foreach (var query in Queries(route))
            {
                var answer = await silo.Api.GetAsync($"{route.Path}?{query}");
                asked++;
                if (!answer.IsOk) failures.Add($"{route.Path}?{query}: {(int)answer.Status} {answer.Text}");
            }
        }

        failures.Should().BeEmpty();
        asked.Should().BeGreaterThan(100);
    }

    private static IEnumerable<string> Queries(ContractRoute route)
    {
        foreach (var sort in route.Sorts) yield return string.Create(CultureInfo.InvariantCulture, $"orderBy={sort}&orderMethod=desc");
        foreach (var sort in route.Sorts) yield return $"sort=-{sort}";
        foreach (var field in route.Fields)
        {
            yield return $"{field.Path}=" + field switch
            {
                { Type: "integer" } => "7",
                { Type: "boolean" } => "true",
                { Type: "commaArray" } => "a,b",
                _ when field.Limits.TryGetValue("one-of", out var values) => values.Split(',')[0],
                // Texts that are numbers elsewhere.
                _ => "7",
            };
        }

        foreach (var trait in route.TraitFields)
        {
            yield return $"{trait}=" + trait switch
            {
                "pageNumber" or "pageSize" or "pageMarker" => "1",
                "export" => "csv",
                "orderMethod" => "asc",
                "sort" or "orderBy" => "seq",
                _ => "id",
            };
        }
    }

    private async Task<ContractComparison> ComparisonAsync() => new((await silo.Api.GetAsync("/openapi/v1.json")).RequireOk().Json);
}
