using System.Text;
using System.Text.Json;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Tasks;
using Dff.Web.Api;
using Microsoft.AspNetCore.Http;

namespace Dff.Web.Tasks;

/// <summary>Tells the followers of a run how it ended: they get what its caller gets, whose connection may be gone by then.</summary>
public sealed class RunFeeds(IGrainFactory grains)
{
    /// <summary>Larger answers are not kept for followers.</summary>
    private const int LargestKept = 1024 * 1024;

    /// <param name="taskId">Null: the run has no followers.</param>
    /// <param name="run">Throws DffException where the run fails.</param>
    /// <param name="answer">What the caller is answered.</param>
    public async Task<T> EndAfterAsync<T>(string? taskId, HttpContext http, Func<Task<T>> run, Func<T, ApiAnswer> answer)
    {
        if (taskId is null) return await run();
        try
        {
            var result = await run();
            await EndAsync(taskId, Envelope.Of(http, answer(result)), isOk: true);
            return result;
        }
        catch (DffException error)
        {
            await EndAsync(taskId, Envelope.Of(http, error), isOk: false);
            throw;
        }
    }

    private Task EndAsync(string taskId, ReadOnlyMemory<byte> answer, bool isOk)
    {
        var json = answer.Length <= LargestKept ? Encoding.UTF8.GetString(answer.Span) : JsonSerializer.Serialize(new { ok = isOk, isTooLarge = true });
        return grains.GetGrain<ITaskFeedGrain>(taskId).AppendAsync(TaskEvent.End, json);
    }
}
