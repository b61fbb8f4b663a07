using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Dff.Testing;

/// <summary>Tasks that write down when they begin and end, so that what ran can be compared with what the queue says of it.</summary>
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
        def note(path, seconds=0.01):
            write(path, f'begin {_DFF_TASK_ID}')
            time.sleep(seconds)
            write(path, f'end {_DFF_TASK_ID}')
            return _DFF_ATTEMPT
        @DFF.API('Once', max_attempts=1)
        def once(path, seconds=0.01):
            return note(path, seconds)
        """;

    private readonly NoteFile _notes = new();

    /// <summary>What was acknowledged.</summary>
    public ConcurrentBag<string> Accepted { get; } = [];

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

    public async Task<string> EnqueueAsync(ApiClient api, double seconds = 0.01, string function = "note", int? maxAttempts = null)
    {
        var options = new JsonObject { ["execMode"] = "async", ["neverExpire"] = true, ["saveResult"] = true, ["timeout"] = 120 };
        if (maxAttempts is { } most) options["maxAttempts"] = most;
        var answer = (await api.CallAsync($"{ScriptId}.{function}", new { path = _notes.Path, seconds }, options)).RequireOk();
        var id = (string)answer.Data!["taskId"]!;
        Accepted.Add(id);
        return id;
    }

    public Task EnqueueManyAsync(ApiClient api, int count, double seconds = 0.01, int? maxAttempts = null) =>
        Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (_, _) => await EnqueueAsync(api, seconds, maxAttempts: maxAttempts));

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

    public IReadOnlyDictionary<string, int> Begins() =>
        Lines.Where(line => line.StartsWith("begin ", StringComparison.Ordinal)).GroupBy(line => line[6..]).ToDictionary(group => group.Key, group => group.Count());

    public void Dispose() => _notes.Dispose();
}
