using System.Net;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>SECRET is exchanged: what the former one had encrypted is there under the new one, and the former one opens nothing any more.</summary>
public sealed class SecretRotationTests(MariaDbSilo shared)
{
    private const string First = "the-first-secret-of-all";
    private const string Second = "the-second-secret-of-all";
    private const string Field = "value-of-the-field";
    private const string Code = "@DFF.API('F')\ndef f():\n    return DFF.SRC('rotated').query('SELECT 42 AS answer')[0]['answer']\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_former_secret_had_encrypted_is_encrypted_anew(bool onServer)
    {
        using var directory = new TestDirectory();
        var settings = onServer ? await shared.NewDatabaseAsync() : [];
        settings["SECRET"] = First;
        AccessKey key;
        await using (var silo = await SiloProcess.StartAsync(directory.Path, settings))
        {
            key = await SetUpAsync(silo.Api);
            await RequireWorkingAsync(silo.Api, key);
            await silo.StopAsync();
        }

        settings["SECRET"] = Second;
        (await RefusalAsync(directory.Path, settings)).Should().Contain("SECRET:").And.Contain("FORMER_SECRET").And.NotContain(Second);
        settings["FORMER_SECRET"] = "a-secret-that-never-was";
        (await RefusalAsync(directory.Path, settings)).Should().Contain("FORMER_SECRET:").And.NotContain("never-was");

        settings["FORMER_SECRET"] = First;
        await using (var silo = await SiloProcess.StartAsync(directory.Path, settings))
        {
            silo.Output.Should().Contain("encrypted anew (3 records)").And.NotContain(First).And.NotContain(Second);
            await RequireWorkingAsync(silo.Api, key);
            await silo.StopAsync();
        }

        settings.Remove("FORMER_SECRET");
        await using (var silo = await SiloProcess.StartAsync(directory.Path, settings))
        {
            await RequireWorkingAsync(silo.Api, key);
            await silo.StopAsync();
        }

        settings["SECRET"] = First;
        (await RefusalAsync(directory.Path, settings)).Should().Contain("SECRET:");
    }

    private static async Task<string> RefusalAsync(string directory, IReadOnlyDictionary<string, string> settings)
    {
        await using var silo = SiloProcess.Launch(directory, settings);
        await silo.WaitForExitAsync();
        silo.ExitCode.Should().Be(2);
        return silo.Output.Trim();
    }

    private async Task<AccessKey> SetUpAsync(ApiClient api)
    {
        var server = shared.Server;
        var config = new { host = server.Host, port = server.Port, user = server.User, password = server.Password, database = await server.CreateDatabaseAsync() };
        (await api.PostAsync("/api/v1/data-sources/do/add", new { data = new { id = "rotated", type = "mysql", configJSON = config } })).RequireOk();
        await api.PublishAsync("rotated__a", Code);
        var auth = (string)(await api.PostAsync("/api/v1/api-auth/do/add", new { data = new { title = "a", type = "fixedField", configJSON = new { fields = new[] { new { location = "header", name = "X-Key", value = Field } } } } })).RequireOk().Data!["id"]!;
        (await api.PostAsync("/api/v1/sync-apis/do/add", new { data = new { id = "rotated", funcId = "rotated__a.f", funcCallKwargsJSON = new { }, apiAuthId = auth } })).RequireOk();
        return await AccessKey.AddAsync(api, "rotated");
    }

    private static async Task RequireWorkingAsync(ApiClient api, AccessKey key)
    {
        using var stranger = api.Stranger();
        (await stranger.SendAsync(key.Sign(HttpMethod.Get, "/api/v1/auth/profile/do/get"))).RequireOk();
        (await stranger.GetAsync("/api/v1/sync/rotated/simplified")).Status.Should().Be(HttpStatusCode.Unauthorized);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/sync/rotated/simplified") { Headers = { { "X-Key", Field } } };
        ((int)(await stranger.SendAsync(request)).RequireOk().Json!).Should().Be(42, "the data source is reached");
    }
}
