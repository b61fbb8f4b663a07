using System.Net;
using Dff.Testing;
using FluentAssertions;

namespace Dff.Silo.Tests;

/// <summary>What grows by itself is kept within what the configuration and the owners say.</summary>
public sealed class RecordLimitTests
{
    [Fact]
    public async Task The_oldest_tasks_beyond_the_limits_go_and_the_others_stay()
    {
        using var directory = new TestDirectory();
        using var ledger = new TaskLedger();
        var (batch, limited) = (new List<string>(), new List<string>());
        await using (var silo = await SiloProcess.StartAsync(directory.Path))
        {
            await TaskLedger.PublishAsync(silo.Api);
            await silo.Api.PublishAsync("limits__a", "@DFF.API('A')\ndef add(x):\n    return x\n");
            await AddBatchAsync(silo.Api, "free", null);
            await AddBatchAsync(silo.Api, "limited", 2);
            for (var index = 0; index < 6; index++)
            {
                await ledger.EnqueueAsync(silo.Api);
                batch.Add(await CallAsync(silo.Api, "free", index));
                limited.Add(await CallAsync(silo.Api, "limited", index));
            }

            await ledger.FinishAllAsync(silo.Api);
            foreach (var id in batch.Concat(limited)) (await silo.Api.GetAsync($"/api/v1/func-result?taskId={id}&wait=60")).RequireOk();
        }

        var settings = new Dictionary<string, string> { ["_DBDATA_TABLE_LIMIT_MAP"] = """{"biz_main_task_result_dataflux_func": 4, "biz_main_batch_task_info": 11}""" };
        await using var again = await SiloProcess.StartAsync(directory.Path, settings);

        // Of twelve tasks of batches the oldest goes by the table's limit, and then all but two of the batch that keeps two.
        await Eventually.TrueAsync(async () => await KeptAsync(again.Api, limited) == 2, "the batch keeps two");
        (await KeptAsync(again.Api, batch)).Should().Be(5);
        (await KeptAsync(again.Api, ledger.Accepted)).Should().Be(4);
        (await KeptAsync(again.Api, limited.TakeLast(2))).Should().Be(2, "the latest stay");
    }

    private static async Task AddBatchAsync(ApiClient api, string id, int? taskRecordLimit) =>
        (await api.PostAsync("/api/v1/batches/do/add", new { data = new { id, funcId = "limits__a.add", funcCallKwargsJSON = new { x = "FROM_PARAMETER" }, taskRecordLimit } })).RequireOk();

    private static async Task<string> CallAsync(ApiClient api, string batch, int x) =>
        (string)(await api.PostAsync($"/api/v1/bat/{batch}", new { kwargs = new { x } })).RequireOk().Data!["taskId"]!;

    private static async Task<int> KeptAsync(ApiClient api, IEnumerable<string> ids)
    {
        var kept = 0;
        foreach (var id in ids) kept += (await api.GetAsync($"/api/v1/func-result?taskId={id}")).Status == HttpStatusCode.NotFound ? 0 : 1;
        return kept;
    }
}
