using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Abstractions.ManyJobs;
using Dff.Storage;
using Dff.Storage.ManyJobs;
using Dff.Web.Api;
using Dff.Web.Contracts;

namespace Dff.Web.ManyJobs;

/// <summary>What the routes <c>…-many</c> have in common: all records of a request are changed, or none.</summary>
public sealed class ManyChanges(IGrainFactory grains, ManyJobRepository jobs)
{
    /// <summary>On lists: the IDs of jobs that are changing the listed records at this moment, comma-separated.</summary>
    public const string InProgressHeader = "X-Dff-Jobs-In-Progress";

    public const string Promise = "All of them, or none: what is refused names its place in the request, and a node that dies on the way is taken over. While it goes on, lists say so in the header "
        + InProgressHeader + ".";

    private const int MostAdded = 1000;
    private const int MostChanged = 10_000;

    /// <summary>The body of a route that adds many.</summary>
    public static FieldSet ArrayOf(IEnumerable<Field> fields) =>
        new((Field.Array("data", Field.Object("item", [.. fields])) with { MinLength = 1, MaxLength = MostAdded }).Required());

    /// <summary>Runs the change under a new job.</summary>
    public async Task<ApiAnswer> RunAsync(string kind, ManyOperation operation, IReadOnlyList<ManyStep> steps)
    {
        if (steps.Count > MostChanged)
            throw new DffException(ErrorReason.ClientBadRequest, $"{steps.Count} records match; at most {MostChanged} are changed at once, so narrow the filter", new { count = steps.Count, limit = MostChanged });
        if (steps.Count > 0) await grains.GetGrain<IManyJobGrain>(ShortId.New("job")).RunAsync(new ManyJob(kind, operation, steps));
        return ApiAnswer.Of(new ManyAnswer([.. steps.Select(step => step.Id)]));
    }

    /// <summary>A request that names no record would change all of them.</summary>
    /// <exception cref="DffException">EClientBadRequest: it has no filter.</exception>
    public static void RequireFilter(ApiContext context)
    {
        if (!context.Route.Query.All.Any(field => context.Query(field.Name) is { Length: > 0 }))
            throw DffException.BadRequest("id", $"Say which ones by a filter in the query ({string.Join(", ", context.Route.Query.All.Select(field => field.Name))}); id=_ALL is all of them");
    }

    /// <exception cref="DffException">EClientDuplicated: two of them would have the same ID, or hide one another.</exception>
    public static void RequireApart(IReadOnlyList<string> ids, string? prefix)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var index = 0; index < ids.Count; index++)
        {
            if (seen.TryGetValue(ids[index], out var other) || (prefix is not null && PrefixedId.Shadow(prefix, ids[index]) is { } shadow && seen.TryGetValue(shadow, out other)))
                throw new DffException(ErrorReason.ClientDuplicated, $"data[{index}].id: {ids[index]} and {ids[other]} (data[{other}]) cannot both be", new { field = $"data[{index}].id", id = ids[other] });
            seen[ids[index]] = index;
        }
    }

    /// <summary>Tells in the answer of a list what is under way.</summary>
    public async Task MarkAsync(ApiContext context, string kind)
    {
        var ids = await jobs.GetIdsAsync(kind, context.Aborted);
        if (ids.Count > 0) context.Http.Response.Headers[InProgressHeader] = string.Join(',', ids);
    }
}

/// <param name="Ids">The records that were added, changed or deleted; none where nothing matched.</param>
public sealed record ManyAnswer(IReadOnlyList<string> Ids);
