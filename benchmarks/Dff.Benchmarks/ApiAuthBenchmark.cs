using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dff.Testing;

namespace Dff.Benchmarks;

/// <summary>What it costs an auth link to ask its callers who they are.</summary>
internal sealed class ApiAuthBenchmark : IBenchmark
{
    private const string Body = """{"kwargs":{"x":1,"y":2}}""";
    private const string Username = "partner";
    private const string Password = "a-password-of-the-benchmark";
    private const double MostShare = 0.10;

    /// <summary>Short rounds and many, because what is added is less than what one round differs from the next.</summary>
    private const int Turns = 4;

    private static readonly string[] Types = ["fixedField", "httpBasic", "httpDigest"];

    public string Name => "auth";

    public async Task RunAsync(Plan plan, Report report)
    {
        await using var contestants = await Contestants.StartAsync(processes: 10);
        var silo = contestants.Silo;
        foreach (var type in Types) await AddLinkAsync(silo.Api, type);
        report.Section(
            "Auth links that ask who calls",
            "The call of the first table again, by callers who prove themselves, beside one who need not: how much longer a call takes over one connection, and how many fewer there are in a second over 16. "
            + "The digest is SHA-256 under one nonce, as clients keep it; the ways take turns.");
        report.Table("way", "connections", "requests/s", "added to a call");
        string[] ways = ["none", .. Types];
        var duration = TimeSpan.FromSeconds(Math.Floor(plan.Round.TotalSeconds / 2));
        foreach (var way in ways) await MeasureAsync(silo, way, 16, 2 * plan.Round);
        foreach (var connections in (int[])[1, 16])
        {
            var loads = ways.Select(_ => new List<Load>()).ToList();
            for (var round = 0; round < Turns * plan.Rounds; round++)
            {
                for (var way = 0; way < ways.Length; way++) loads[way].Add(await MeasureAsync(silo, ways[way], connections, duration));
            }

            var rounds = loads.Select(list => new Rounds(list)).ToList();
            for (var way = 0; way < ways.Length; way++)
            {
                var added = rounds[0].Ratio(rounds[way], load => load.RequestsPerSecond) - 1;
                report.Row(
                    ways[way], connections.ToString(CultureInfo.InvariantCulture), rounds[way].Of(load => load.RequestsPerSecond).Text("0"), way == 0 ? "" : $"{report.AtMost(added * 100, MostShare * 100, "0.0")} %");
            }
        }
    }

    private static async Task AddLinkAsync(ApiClient api, string type)
    {
        object config = type == "fixedField"
            ? new { fields = new[] { new { location = "header", name = "X-Key", value = Password } } }
            : new { users = new[] { new { username = Username, password = Password } } };
        var added = (await api.PostAsync("/api/v1/api-auth/do/add", new { data = new { title = type, type, configJSON = config } })).RequireOk();
        var data = new { id = LinkOf(type), funcId = "bench__a.add", funcCallKwargsJSON = new { x = "FROM_PARAMETER", y = "FROM_PARAMETER" }, apiAuthId = (string)added.Data!["id"]! };
        (await api.PostAsync("/api/v1/auth-links/do/add", new { data })).RequireOk();
    }

    private static string LinkOf(string way) => way == "none" ? "auln-add" : $"auln-{way}";

    private static async Task<Load> MeasureAsync(SiloProcess silo, string way, int connections, TimeSpan duration)
    {
        var path = $"/api/v1/al/{LinkOf(way)}";
        (string, string)? header = way switch
        {
            "fixedField" => ("X-Key", Password),
            "httpBasic" => ("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Username}:{Password}"))),
            "httpDigest" => ("Authorization", await DigestAsync(silo.Api, path)),
            _ => null,
        };
        var load = await Wrk.RunAsync($"http://127.0.0.1:{silo.WebPort}{path}", connections, duration, Body, header: header);
        return load.Failures == 0 ? load : throw new InvalidOperationException($"{load.Failures} calls of {path} failed");
    }

    /// <summary>As RFC 7616 has it; the same answer is right for all calls of one address while its nonce lasts.</summary>
    private static async Task<string> DigestAsync(ApiClient api, string path)
    {
        using var stranger = api.Stranger();
        var nonce = (await stranger.PostTextAsync(path, Body)).Headers.WwwAuthenticate.First().Parameter!.Split("nonce=\"")[1].Split('"')[0];
        var response = Hash($"{Hash($"{Username}:Dff API:{Password}")}:{nonce}:00000001:0a4f113b:auth:{Hash($"POST:{path}")}");
        return $"Digest username=\"{Username}\", realm=\"Dff API\", nonce=\"{nonce}\", uri=\"{path}\", qop=auth, nc=00000001, cnonce=\"0a4f113b\", algorithm=SHA-256, response=\"{response}\"";
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
