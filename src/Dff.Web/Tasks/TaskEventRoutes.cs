using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Tasks;
using Dff.Storage.Tasks;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Users;
using Microsoft.AspNetCore.Http;

namespace Dff.Web.Tasks;

/// <summary>What happens in a run, as server-sent events; from any silo, and from where a broken connection left off.</summary>
public sealed class TaskEventRoutes(IGrainFactory grains, TaskResults results, TimeProvider time)
{
    // Longer than this without a byte, and some proxies close the connection.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BeginLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LostPause = TimeSpan.FromMilliseconds(250);

    /// <summary>Characters; larger ends are asked for by func-result.</summary>
    private const int LargestEnd = 1024 * 1024;

    private const string Example =
        """
        event: log
        data: {"lines":["[2030-01-31 09:00:00.000] greeting world"]}
        id: 1

        event: end
        data: {"ok":true,"error":200,"message":"","data":{"result":"Hello, world!"}}
        id: 2


        """;

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/tasks/{id}/events", "The log of a run while it grows, and its end, as server-sent events", FollowAsync)
        {
            WaitsByDesign = true, Tag = "Tasks", Privilege = Privileges.GeneralRead, Raw = new RawAnswer("text/event-stream", Example),
            Description = "Events: log {lines[]}, end (the envelope that the caller got; {ok, isTooLarge: true} where it is larger than 1 MiB), wait {} while nothing happens, "
                + "lost {} when the node that held the log is gone, unknown {} when no such run began within a minute. "
                + "The header Last-Event-ID carries on after that event. Runs of drafts can be followed by the options.taskId that they were started with. "
                + "The end of a queued task is {ok, taskStatus, data}, with the data of GET /api/v1/func-result; it comes from the store, from every node and as long as the task is kept, "
                + "and where the node that held the log is gone, the whole log comes with it.",
        },
    ];

    private Task<ApiAnswer> FollowAsync(ApiContext context)
    {
        if (context.Id.Length > 64) throw DffException.BadRequest("id", "id: at most 64 characters are accepted");
        var after = LastEventId(context.Http);
        return Task.FromResult(ApiAnswer.OfRaw(http =>
        {
            http.Response.Headers["X-Accel-Buffering"] = "no";
            return TypedResults.ServerSentEvents(EventsAsync(context.Id, after, http.RequestAborted)).ExecuteAsync(http);
        }));
    }

    private static long LastEventId(HttpContext http)
    {
        string? given = http.Request.Headers["Last-Event-ID"];
        if (string.IsNullOrEmpty(given)) return 0;
        return long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw DffException.BadRequest("Last-Event-ID", "Last-Event-ID: the number of an event is expected");
    }

    private async IAsyncEnumerable<SseItem<string>> EventsAsync(string id, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var feed = grains.GetGrain<ITaskFeedGrain>(id);
        var began = time.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested)
        {
            var task = await results.FindAsync(id, TimeSpan.Zero, cancellationToken);
            // Asked after the task: when it had finished, all of its log was in the feed.
            var read = await ReadAsync(feed, after, task is null ? Silence : TimeSpan.Zero, cancellationToken);
            foreach (var next in read.Events)
            {
                yield return new SseItem<string>(next.Json, next.Name) { EventId = next.Id.ToString(CultureInfo.InvariantCulture) };
                if (next.Name == TaskEvent.End) yield break;
                after = next.Id;
            }

            if (read.Events.Count > 0) continue;
            if (task is { IsFinished: true })
            {
                foreach (var last in End(task, after)) yield return last;
                yield break;
            }

            if (task is not null)
            {
                // What the lost feed held is in the log of the task when it ends; until then a new feed begins.
                if (read.IsLost)
                {
                    after = 0;
                    await Task.Delay(LostPause, time, cancellationToken);
                }
                else if (!await GrowsAsync(feed, task.Id, after, cancellationToken))
                {
                    yield return new SseItem<string>("{}", "wait");
                }

                continue;
            }

            if (read.IsLost || (after == 0 && time.GetElapsedTime(began) > BeginLimit))
            {
                yield return new SseItem<string>("{}", read.IsLost ? "lost" : "unknown");
                yield break;
            }

            yield return new SseItem<string>("{}", "wait");
        }
    }

    /// <returns>False: neither did the log grow nor the task end for a while.</returns>
    private async Task<bool> GrowsAsync(ITaskFeedGrain feed, string id, long after, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var growth = ReadAsync(feed, after, Silence, either.Token);
        var end = results.FindAsync(id, Silence, either.Token);
        await Task.WhenAny(growth, end);
        var isNew = (growth.IsCompletedSuccessfully && growth.Result.Events.Count > 0) || (end.IsCompletedSuccessfully && end.Result is not { IsFinished: false });
        await either.CancelAsync();
        return isNew;
    }

    private static async Task<TaskEvents> ReadAsync(ITaskFeedGrain feed, long after, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            return await feed.ReadAsync(after, limit).WaitAsync(cancellationToken);
        }
        catch (Exception error) when (error is Orleans.Runtime.OrleansException or TimeoutException)
        {
            // Its silo has just gone.
            return new TaskEvents([], IsLost: true);
        }
    }

    /// <summary>The end of a queued task, with its whole log before it where nothing of it has been told.</summary>
    private static List<SseItem<string>> End(TaskRow task, long after)
    {
        var events = new List<SseItem<string>>();
        var data = TaskResults.Answer(task, null);
        if (after == 0 && data.LogMessageTEXT is { } log)
            events.Add(new SseItem<string>(JsonSerializer.Serialize(new { lines = log.Split('\n') }, ApiJson.Options), TaskEvent.Log));
        var isOk = task.Status == RunStatus.Success;
        var json = JsonSerializer.Serialize(new { ok = isOk, taskStatus = task.Status, data }, ApiJson.Options);
        events.Add(new SseItem<string>(json.Length <= LargestEnd ? json : JsonSerializer.Serialize(new { ok = isOk, taskStatus = task.Status, isTooLarge = true }, ApiJson.Options), TaskEvent.End));
        return events;
    }
}
