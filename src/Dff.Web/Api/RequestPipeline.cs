using System.Data.Common;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Storage.Connections;
using Dff.Web.Operations;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Dff.Web.Api;

/// <summary>The outermost layer of every API request: trace, CORS, and the one place where errors become answers.</summary>
public sealed partial class RequestPipeline(RequestDelegate next, WebOptions options, OperationRecorder records, ILogger<RequestPipeline> logger)
{
    private readonly CorsPolicy _cors = new(options);

    public async Task InvokeAsync(HttpContext http)
    {
        if (!http.Request.Path.StartsWithSegments("/api"))
        {
            await next(http);
            return;
        }

        var trace = RequestTrace.Begin(http);
        http.Response.OnStarting(SetHeaders, (http, trace));
        if (_cors.Answer(http)) return;
        try
        {
            await next(http);
            if (!http.Response.HasStarted && (http.GetEndpoint() is null || http.Response.StatusCode == StatusCodes.Status405MethodNotAllowed))
                throw UnsupportedRoutes.Missing(http.Request);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer.
            if (trace.Operation is { } abandoned) abandoned.IsAbandoned = true;
            http.Abort();
        }
        catch (Exception error) when (!http.Response.HasStarted)
        {
            http.Response.Clear();
            ApiAuths.Challenge.Write(http);
            await Envelope.WriteErrorAsync(http, Describe(error, http));
        }
        finally
        {
            if (trace.Operation is { } operation) records.Record(http, trace, operation);
        }
    }

    private static Task SetHeaders(object state)
    {
        var (http, trace) = ((HttpContext, RequestTrace))state;
        http.Response.Headers["X-Trace-Id"] = trace.Id;
        http.Response.Headers["X-Request-Cost"] = $"{trace.CostMilliseconds}ms";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return Task.CompletedTask;
    }

    private DffException Describe(Exception error, HttpContext http)
    {
        switch (error)
        {
            case DffException known:
                return known;
            case BadHttpRequestException bad:
                return new DffException(ErrorReason.ClientBadRequest, $"body: {bad.Message}", new { field = "body" }) { Status = bad.StatusCode };
            case DbException database:
                StoreFailed(RequestTrace.Of(http).Id, http.Request.Path, database);
                return new DffException(ErrorReason.SysDatabase, StoreDatabase.IsFull(database) ? "There is no space left for the store; free some, and try again" : "The store does not answer; try again");
            // A grain that has read an older state cannot write over what a change of many records has put in its place.
            case Orleans.Storage.InconsistentStateException:
                return new DffException(ErrorReason.BizRequestConflict, "An import or a recovery has changed this at the same moment, and of this call nothing was stored; read it again, and try again");
            // A silo has just gone: until membership has moved its grains, seconds later, they cannot be asked, and what was under way there has an unknown end.
            case OrleansException or TimeoutException:
                ClusterChanged(RequestTrace.Of(http).Id, http.Request.Path, error);
                http.Response.Headers.RetryAfter = "3";
                return new DffException(ErrorReason.Sys, "A node of the cluster has just gone, and its work is moving to the others; look whether this took effect, and try again in a few seconds")
                {
                    Status = StatusCodes.Status503ServiceUnavailable,
                };
            default:
                RequestFailed(RequestTrace.Of(http).Id, http.Request.Path, error);
                return new DffException(ErrorReason.Sys, $"An error inside the server; its log has the details under {RequestTrace.Of(http).Id}");
        }
    }

    [LoggerMessage(EventId = 200, EventName = "RequestFailed", Level = LogLevel.Error, Message = "{TraceId} {Path} failed")]
    private partial void RequestFailed(string traceId, string path, Exception error);

    [LoggerMessage(EventId = 202, EventName = "ClusterChanged", Level = LogLevel.Warning, Message = "{TraceId} {Path}: the cluster is changing")]
    private partial void ClusterChanged(string traceId, string path, Exception error);

    [LoggerMessage(EventId = 201, EventName = "StoreFailed", Level = LogLevel.Error, Message = "{TraceId} {Path}: the store failed")]
    private partial void StoreFailed(string traceId, string path, Exception error);
}
