using System.Text.Json;
using Dff.Storage;
using Dff.Storage.Operations;
using Dff.Web.Api;
using Dff.Web.Webhooks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Dff.Web.Operations;

/// <summary>Makes the record of a call after its answer, masks what could be a secret, and hands it on; the writing is others' work.</summary>
public sealed class OperationRecorder(OperationWriter writer, WebhookQueue webhooks, TimeProvider time)
{
    private const int LargestAnswer = 64 * 1024;
    private const int LongestJson = 64 * 1024;

    /// <summary>The status that proxies give to calls whose caller hung up.</summary>
    private const int ClientClosedRequest = 499;

    private static readonly string[] AnsweredAlways = ["ok", "error", "reason"];
    private static readonly string[] AnsweredByUs = ["ok", "error", "message", "reason", "detail", "data"];

    public void Record(HttpContext http, RequestTrace trace, Operation operation)
    {
        var now = time.GetUtcNow();
        var record = new OperationRecordRow
        {
            Id = ShortId.NewOrdered("oprd", now),
            UserId = operation.User.Id,
            Username = operation.User.Username,
            ClientId = RequestClient.IdOf(http),
            TraceId = trace.Id,
            ReqMethod = http.Request.Method,
            ReqRoute = operation.Route.Template,
            ReqQueryJSON = Query(http),
            ReqParamsJSON = http.Request.RouteValues.Count == 0 ? null : Json(json => WriteParams(json, http)),
            ReqBodyJSON = RequestDump.BodyOf(http) is { } body ? Json(json => RequestDump.WriteMaskedBody(json, http, body)) : null,
            ReqFileInfoJSON = Files(http),
            ReqCost = trace.CostMilliseconds,
            RespStatusCode = operation.IsAbandoned ? ClientClosedRequest : http.Response.StatusCode,
            RespBodyJSON = Answer(operation),
            CreateTime = now,
            UpdateTime = now,
        };
        writer.Add(record);
        if (webhooks.HasListeners && record.RespStatusCode == StatusCodes.Status200OK) webhooks.Publish(WebhookEvents.NameOf(operation.Route), record);
    }

    private static RawJson? Query(HttpContext http)
    {
        if (!http.Request.QueryString.HasValue) return null;
        return Json(json =>
        {
            json.WriteStartObject();
            foreach (var (name, values) in http.Request.Query) RequestDump.WriteMasked(json, name, values.ToString());
            json.WriteEndObject();
        });
    }

    private static void WriteParams(Utf8JsonWriter json, HttpContext http)
    {
        json.WriteStartObject();
        foreach (var (name, value) in http.Request.RouteValues) RequestDump.WriteMasked(json, name, value?.ToString());
        json.WriteEndObject();
    }

    /// <summary>Only of a form that has been read; reading one is not for us to begin.</summary>
    private static RawJson? Files(HttpContext http)
    {
        if (http.Features.Get<IFormFeature>()?.Form is not { Files.Count: > 0 } form) return null;
        return new RawJson(JsonSerializer.Serialize(form.Files.Select(file => new { field = file.Name, name = file.FileName, size = file.Length, type = file.ContentType }), ApiJson.Options));
    }

    private static RawJson? Answer(Operation operation)
    {
        if (operation.Answer.IsEmpty) return null;
        if (operation.Answer.Length > LargestAnswer) return TooLong(operation.Answer.Length);
        using var envelope = JsonDocument.Parse(operation.Answer, new JsonDocumentOptions { MaxDepth = 1000 });
        return Json(json =>
        {
            json.WriteStartObject();
            foreach (var name in operation.Route.IsAnswerRecorded ? AnsweredByUs : AnsweredAlways)
            {
                if (!envelope.RootElement.TryGetProperty(name, out var value)) continue;
                json.WritePropertyName(name);
                RequestDump.WriteMasked(json, value);
            }

            json.WriteEndObject();
        });
    }

    private static RawJson Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = ApiJson.Options.Encoder, SkipValidation = true })) write(json);
        return buffer.WrittenCount > LongestJson ? TooLong(buffer.WrittenCount) : new RawJson(System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private static RawJson TooLong(int bytes) => new($"\"… ({bytes} bytes)\"");
}
