using Dff.Storage.Records;
using Dff.Web.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Dff.Web.Records;

/// <summary>Counts calls of the API that took a second or more, by their route, behind the answer.</summary>
public sealed class SlowApiCounter(SlowApiRepository rows, TimeProvider time, ILogger<SlowApiCounter> logger) : RecordWriter<SlowCall>("counts of slow calls", time, logger)
{
    public const int SlowMilliseconds = 1000;

    private readonly TimeProvider _time = time;

    public void Count(HttpContext http, long cost)
    {
        if (cost < SlowMilliseconds || http.GetEndpoint()?.Metadata.GetMetadata<ApiRoute>() is not { WaitsByDesign: false } route) return;
        Add(new SlowCall(route.Method, route.Template, cost, _time.GetUtcNow()));
    }

    protected override Task WriteAsync(IReadOnlyList<SlowCall> batch, CancellationToken cancellationToken) => rows.AddAsync(batch, cancellationToken);

    protected override string NameOf(SlowCall record) => $"{record.Method} {record.Route}";
}
