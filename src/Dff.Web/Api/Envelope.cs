using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Dff.Abstractions.Errors;
using Microsoft.AspNetCore.Http;

namespace Dff.Web.Api;

/// <summary>Writes the envelope around answers and errors.</summary>
public static class Envelope
{
    private static readonly JsonWriterOptions Writer = new() { Encoder = ApiJson.Options.Encoder, SkipValidation = true };

    public static Task WriteAsync(HttpContext http, ApiAnswer answer, int status = StatusCodes.Status200OK) => SendAsync(http, status, Of(http, answer));

    public static Task WriteErrorAsync(HttpContext http, DffException error) => SendAsync(http, StatusOf(error), Of(http, error));

    /// <returns>The envelope as UTF-8 JSON.</returns>
    public static ReadOnlyMemory<byte> Of(HttpContext http, ApiAnswer answer)
    {
        var buffer = new ArrayBufferWriter<byte>(Math.Max(512, answer.DataJson.Length + 256));
        using (var json = new Utf8JsonWriter(buffer, Writer))
        {
            json.WriteStartObject();
            json.WriteBoolean("ok"u8, true);
            json.WriteNumber("error"u8, 200);
            json.WriteString("message"u8, ""u8);
            json.WritePropertyName("data"u8);
            if (!answer.DataJson.IsEmpty) json.WriteRawValue(answer.DataJson.Span, skipInputValidation: true);
            else JsonSerializer.Serialize(json, answer.Data, ApiJson.Options);
            if (answer.Page is not null)
            {
                json.WritePropertyName("pageInfo"u8);
                JsonSerializer.Serialize(json, answer.Page, ApiJson.Options);
            }

            WriteEnd(json, http);
        }

        return buffer.WrittenMemory;
    }

    /// <returns>The envelope as UTF-8 JSON.</returns>
    public static ReadOnlyMemory<byte> Of(HttpContext http, DffException error)
    {
        var number = ErrorReason.NumberOf(error.Reason);
        number = StatusOf(error) + (number - decimal.Truncate(number));
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, Writer))
        {
            json.WriteStartObject();
            json.WriteBoolean("ok"u8, false);
            json.WritePropertyName("error"u8);
            // 599.10 is written as the number 599.1, as every JSON writer does.
            json.WriteRawValue(number.ToString("0.##", CultureInfo.InvariantCulture), skipInputValidation: true);
            json.WriteString("message"u8, error.Message);
            json.WriteString("reason"u8, error.Reason);
            json.WritePropertyName("detail"u8);
            json.WriteRawValue(error.DetailJson ?? "null", skipInputValidation: true);
            if (error.DataJson is not null)
            {
                json.WritePropertyName("data"u8);
                json.WriteRawValue(error.DataJson, skipInputValidation: true);
            }

            json.WritePropertyName("reqDump"u8);
            RequestDump.Write(json, http);
            WriteEnd(json, http);
        }

        return buffer.WrittenMemory;
    }

    private static int StatusOf(DffException error) => error.Status ?? (int)ErrorReason.NumberOf(error.Reason);

    private static void WriteEnd(Utf8JsonWriter json, HttpContext http)
    {
        var trace = RequestTrace.Of(http);
        json.WriteString("traceId"u8, trace.Id);
        json.WriteNumber("reqCost"u8, trace.CostMilliseconds);
        json.WriteEndObject();
    }

    private static Task SendAsync(HttpContext http, int status, ReadOnlyMemory<byte> envelope)
    {
        if (RequestTrace.Of(http).Operation is { } operation) operation.Answer = envelope;
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json; charset=utf-8";
        http.Response.ContentLength = envelope.Length;
        return http.Response.Body.WriteAsync(envelope, http.RequestAborted).AsTask();
    }
}
