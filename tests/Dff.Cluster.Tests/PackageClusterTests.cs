using System.Text.Json.Nodes;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Cluster.Tests;

/// <summary>An import is in force on every node when one of them answers, for calls and for grains wherever they are awake.</summary>
[Collection(typeof(SteadyClusterTests))]
public sealed class PackageClusterTests(SteadyCluster steady)
{
    private const int Scripts = 20;

    private readonly TestCluster _cluster = steady.Nodes;

    [Fact]
    public async Task Every_node_goes_on_from_what_one_has_imported()
    {
        var apis = _cluster.Silos.Select(silo => silo.Api).ToArray();
        (await apis[0].UploadAsync("/api/v1/script-sets/do/import", File(0))).RequireOk();
        for (var round = 1; round <= 5; round++)
        {
            // Wakes each script's grain, on whichever node it lives, and leaves it with a state of its own.
            await Task.WhenAll(Enumerable.Range(0, Scripts).Select(number =>
                EditAsync(apis[number % 2], number, "left = 'behind'\n")));
            var importer = apis[round % 2];

            (await importer.UploadAsync("/api/v1/script-sets/do/import", File(round))).RequireOk();

            foreach (var api in apis)
            {
                var results = await Task.WhenAll(Enumerable.Range(0, Scripts).Select(number => api.CallAsync($"pkgc__s{number}.f", options: new { apiTimeout = 60 })));
                results.Select(answer => (string?)answer.RequireOk().Data!["result"]).Should().OnlyContain(result => result == $"round {round}");
                (await api.GetAsync("/api/v1/al/pkgc")).RequireOk().Text.Should().Be($"round {round}");
            }

            await Task.WhenAll(Enumerable.Range(0, Scripts).Select(async number =>
            {
                var api = apis[(number + round) % 2];
                var script = (await api.GetAsync($"/api/v1/scripts/pkgc__s{number}/do/get")).RequireOk().Data!;
                ((string?)script["codeDraft"]).Should().Contain($"round {round}");
                (await api.PostAsync($"/api/v1/scripts/pkgc__s{number}/do/modify", new { prevCodeDraftMD5 = (string?)script["codeDraftMD5"], data = new { title = $"{round}" } })).RequireOk();
            }));
            var imports = (await apis[0].GetAsync("/api/v1/script-set-import-history/do/list")).RequireOk().Data!.AsArray();
            ((string?)imports[0]!["status"]).Should().Be("done");
        }
    }

    [Fact]
    public async Task What_one_node_has_checked_another_confirms()
    {
        var fields = new Dictionary<string, string> { ["checkOnly"] = "true" };
        var check = (await _cluster[0].Api.UploadAsync("/api/v1/script-sets/do/import", File(1), fields)).RequireOk().Data!;

        (await _cluster[1].Api.PostAsync("/api/v1/script-sets/do/confirm-import", new { confirmId = (string?)check["confirmId"] })).RequireOk();

        ((string?)(await _cluster[0].Api.CallAsync("pkgc__s3.f")).RequireOk().Data!["result"]).Should().Be("round 1");
    }

    private static async Task EditAsync(ApiClient api, int number, string draft) =>
        (await api.PostAsync($"/api/v1/scripts/pkgc__s{number}/do/modify", new { data = new { codeDraft = draft } })).RequireOk();

    private static byte[] File(int round)
    {
        var names = Enumerable.Range(0, Scripts).Select(number => $"pkgc__s{number}").ToList();
        var manifest = new JsonObject
        {
            ["format"] = "dff-package",
            ["version"] = 1,
            ["scriptSets"] = new JsonArray(new JsonObject { ["id"] = "pkgc", ["title"] = $"Round {round}" }),
            ["scripts"] = new JsonArray([.. names.Select(name => (JsonNode)new JsonObject { ["id"] = name, ["publishVersion"] = 1 })]),
            ["funcs"] = new JsonArray([.. names.Select(name => (JsonNode)new JsonObject { ["scriptId"] = name, ["name"] = "f" })]),
            ["parts"] = new JsonObject { ["authLinks"] = new JsonArray(new JsonObject { ["id"] = "auln-pkgc", ["funcId"] = "pkgc__s1.f", ["funcCallKwargsJSON"] = new JsonObject(), ["note"] = $"{round}" }) },
        };
        return LegacyPackage.Zip([("manifest.json", manifest.ToJsonString()), .. names.Select(name => ($"scripts/{name}.py", $"@DFF.API('F')\ndef f():\n    return 'round {round}'\n"))]);
    }
}
