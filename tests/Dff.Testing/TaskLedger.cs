using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Dff.Testing;

/// <summary>
/// Tasks that write down when they begin and end, so that what ran can be compared with what the queue says of it: after a fault, nothing acknowledged may be
/// lost, and only what ran when it came may run again.
/// </summary>
public sealed class TaskLedger : IDisposable
{
    public const string ScriptId = "ledger__a";

    private const string Code =
        """
        import os, time
        def write(path, line):
            file = os.open(path, os.O_WRONLY | os.O_APPEND)
            os.write(file, (line + '\n').encode())
            os.close(file)
        @DFF.API('Note')
        def note(path, seconds=0.01, ballast=None):
            write(path, f'begin {_DFF_TASK_ID}')
            time.sleep(seconds)
            write(path, f'end {_DFF_TASK_ID}')
            return _DFF_ATTEMPT
        @DFF.API('Once', max_attempts=1)
        def once(path, seconds=0.01, ballast=None):
            return note(path, seconds)
        """;

    private readonly NoteFile _notes = new();
    private int _refused;

    /// <summary>What was acknowledged.</summary>
    public ConcurrentBag<string> Accepted { get; } = [];

    /// <summary>How many calls were refused by <see cref="EnqueueThroughAsync"/>'s server.</summary>
    public int Refused => _refused;

    /// <summary>Where they write.</summary>
    public string Path => _notes.Path;

    public IReadOnlyList<string> Lines => _notes.Lines;

    /// <summary>How many ran at once, at most.</summary>
    public int MostAtOnce
    {
        get
        {
            var (most, now) = (0, 0);
            foreach (var line in Lines) most = Math.Max(most, now += line.StartsWith("begin ", StringComparison.Ordinal) ? 1 : -1);
            return most;
        }
    }

    public int Ended => Lines.Count(line => line.StartsWith("end ", StringComparison.Ordinal));

    public static Task PublishAsync(ApiClient api) => api.PublishAsync(ScriptId, Code);

    public async Task<string> EnqueueAsync(ApiClient api, double seconds = 0.01, string function = "note", int? maxAttempts = null) =>
        Accept((await CallAsync(api, seconds, function, maxAttempts)).RequireOk());

    public Task EnqueueManyAsync(ApiClient api, int count, double seconds = 0.01, int? maxAttempts = null) =>
        Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (_, _) => await EnqueueAsync(api, seconds, maxAttempts: maxAttempts));

    /// <summary>Goes on through a fault until so many have been acknowledged. What is refused meanwhile must be the server's fault, told as one.</summary>
    public Task EnqueueThroughAsync(ApiClient api, int count, double seconds = 0.01, int? maxAttempts = null) =>
        Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (_, stop) =>
        {
            while (true)
            {
                if ((await TryEnqueueAsync(api, seconds, maxAttempts)).IsOk) return;
                await Task.Delay(TimeSpan.FromMilliseconds(200), stop);
            }
        });

    /// <param name="ballast">Bytes that the task carries.</param>
    public async Task<ApiAnswer> TryEnqueueAsync(ApiClient api, double seconds = 0.01, int? maxAttempts = null, int ballast = 0)
    {
        var answer = await CallAsync(api, seconds, "note", maxAttempts, ballast);
        if (answer.IsOk)
        {
            Accept(answer);
        }
        else
        {
            if ((int)answer.Status < 500) throw new InvalidOperationException(answer.Text);
            Interlocked.Increment(ref _refused);
        }

        return answer;
    }

    /// <summary>What each accepted task came to, when all have finished.</summary>
    /// <exception cref="TimeoutException">Some did not finish.</exception>
    public async Task<IReadOnlyDictionary<string, JsonNode>> FinishAllAsync(ApiClient api)
    {
        var results = new ConcurrentDictionary<string, JsonNode>();
        await Parallel.ForEachAsync(Accepted, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (id, _) =>
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    // A node that has just gone makes answers fail for a while.
                    var answer = await api.GetAsync($"/api/v1/func-result?taskId={id}&wait=20");
                    if (!answer.IsOk && (int)answer.Status < 500) throw new InvalidOperationException(answer.Text);
                    if (!answer.IsOk || (string?)answer.Data!["status"] is not ("success" or "failure")) return false;
                    results[id] = answer.Data;
                    return true;
                },
                $"task {id} finishes",
                TimeSpan.FromSeconds(120));
        });
        return results;
    }

    /// <summary>Waits until so many have come to their end: the moment for a fault.</summary>
    /// <returns>Some of those that have finished by then, as the API tells of them.</returns>
    public async Task<IReadOnlyDictionary<string, string>> AmidWorkAsync(int ended, ApiClient api)
    {
        await Eventually.TrueAsync(() => Ended >= ended, $"{ended} tasks have run");
        return await FinishedAsync(api);
    }

    /// <summary>Some of the tasks that have finished by now, as the API tells of them.</summary>
    public async Task<IReadOnlyDictionary<string, string>> FinishedAsync(ApiClient api, int most = 30)
    {
        var finished = new ConcurrentDictionary<string, string>();
        await Parallel.ForEachAsync(Lines.Where(line => line.StartsWith("end ", StringComparison.Ordinal)).Take(most).Select(line => line[4..]), async (id, _) =>
        {
            var data = (await api.GetAsync($"/api/v1/func-result?taskId={id}")).RequireOk().Data!;
            if ((string?)data["status"] == "success") finished[id] = data.ToJsonString();
        });
        return finished;
    }

    public IReadOnlyDictionary<string, int> Begins() =>
        Lines.Where(line => line.StartsWith("begin ", StringComparison.Ordinal)).GroupBy(line => line[6..]).ToDictionary(group => group.Key, group => group.Count());

    /// <summary>Whatever is not as it must be after a fault.</summary>
    /// <param name="finished">What had finished before it.</param>
    /// <param name="mostRepeated">How many tasks can have been running when it came: no more may have begun again.</param>
    public IReadOnlyList<string> Faults(IReadOnlyDictionary<string, JsonNode> results, IReadOnlyDictionary<string, string> finished, int mostRepeated)
    {
        var (begins, ended) = (Begins(), Lines.Where(line => line.StartsWith("end ", StringComparison.Ordinal)).Select(line => line[4..]).ToHashSet());
        var repeated = begins.Where(begin => begin.Value > 1).Select(begin => begin.Key).ToList();
        return
        [
            .. Accepted.Where(id => !results.ContainsKey(id)).Select(id => $"{id} was accepted and is not known"),
            .. results.Where(result => (string?)result.Value["taskStatus"] != "success").Select(result => $"{result.Key} did not succeed: {result.Value.ToJsonString()}"),
            .. results.Keys.Where(id => !ended.Contains(id)).Select(id => $"{id} is said to have succeeded and never came to its end"),
            .. begins.Where(begin => results.TryGetValue(begin.Key, out var result) && begin.Value > (int)result["attempt"]!).Select(begin => $"{begin.Key} began {begin.Value} times, more often than was counted, so again after its end"),
            .. finished.Where(before => results[before.Key].ToJsonString() != before.Value).Select(before => $"{before.Key} had finished and changed: {before.Value}"),
            .. repeated.Count > mostRepeated ? [$"{repeated.Count} tasks began again, {mostRepeated} can have been running"] : (string[])[],
        ];
    }

    public void Dispose() => _notes.Dispose();

    private async Task<ApiAnswer> CallAsync(ApiClient api, double seconds, string function, int? maxAttempts, int ballast = 0)
    {
        var options = new JsonObject { ["execMode"] = "async", ["neverExpire"] = true, ["saveResult"] = true, ["timeout"] = 120 };
        if (maxAttempts is { } most) options["maxAttempts"] = most;
        return await api.CallAsync($"{ScriptId}.{function}", new { path = _notes.Path, seconds, ballast = new string('x', ballast) }, options);
    }

    private string Accept(ApiAnswer answer)
    {
        var id = (string)answer.Data!["taskId"]!;
        Accepted.Add(id);
        return id;
    }
}
