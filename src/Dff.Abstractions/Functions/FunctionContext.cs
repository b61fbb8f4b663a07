using System.Buffers;
using System.Text.Json;
using Dff.Abstractions.Tasks;

namespace Dff.Abstractions.Functions;

/// <summary>The <c>_DFF_*</c> names that a call injects into the script.</summary>
public sealed record FunctionContext
{
    public required string TaskId { get; init; }

    public required string ScriptId { get; init; }

    public required string FunctionName { get; init; }

    /// <summary>direct, authLink, batch, crontab or integration.</summary>
    public required string Origin { get; init; }

    public string? OriginId { get; init; }

    /// <summary>sync, async, crontab or auto.</summary>
    public required string ExecMode { get; init; }

    public required DateTimeOffset TriggerTime { get; init; }

    public required int Queue { get; init; }

    public bool IsDraft { get; init; }

    /// <summary>Which attempt of a task this is: 1, 2, 3 …</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Null: it was called from outside.</summary>
    public TaskChain? Chain { get; init; }

    /// <summary>The crontab expression in force; null where no crontab config runs it.</summary>
    public string? Crontab { get; init; }

    /// <summary>UTF-8 JSON of <c>_DFF_HTTP_REQUEST</c>; empty: <c>{}</c>.</summary>
    public ReadOnlyMemory<byte> HttpRequest { get; init; }

    public static byte[] ForLoad(string scriptId, int queue) => new FunctionContext
    {
        TaskId = Guid.NewGuid().ToString(),
        ScriptId = scriptId,
        FunctionName = "",
        Origin = "direct",
        ExecMode = "sync",
        TriggerTime = DateTimeOffset.UtcNow,
        Queue = queue,
        IsDraft = true,
    }.ToJson();

    /// <returns>UTF-8 JSON object.</returns>
    public byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            var functionId = FunctionName.Length == 0 ? ScriptId : $"{ScriptId}.{FunctionName}";
            var milliseconds = TriggerTime.ToUnixTimeMilliseconds();
            json.WriteStartObject();
            json.WriteBoolean("_DFF_DEBUG"u8, IsDraft);
            json.WriteString("_DFF_ROOT_TASK_ID"u8, Chain?.RootTaskId ?? TaskId);
            json.WriteString("_DFF_TASK_ID"u8, TaskId);
            json.WriteString("_DFF_SCRIPT_SET_ID"u8, Scripts.ScriptIds.SetOf(ScriptId));
            json.WriteString("_DFF_SCRIPT_ID"u8, ScriptId);
            json.WriteString("_DFF_FUNC_ID"u8, functionId);
            json.WriteString("_DFF_FUNC_NAME"u8, FunctionName);
            json.WriteStartArray("_DFF_FUNC_CHAIN"u8);
            foreach (var function in Chain?.Functions ?? [functionId]) json.WriteStringValue(function);
            json.WriteEndArray();
            json.WriteString("_DFF_ORIGIN"u8, Origin);
            json.WriteString("_DFF_ORIGIN_ID"u8, OriginId);
            json.WriteString("_DFF_EXEC_MODE"u8, ExecMode);
            json.WriteNumber("_DFF_TRIGGER_TIME"u8, milliseconds / 1000);
            json.WriteNumber("_DFF_TRIGGER_TIME_MS"u8, milliseconds);
            json.WriteNumber("_DFF_ATTEMPT"u8, Attempt);
            json.WriteString("_DFF_CRONTAB"u8, Crontab);
            json.WriteString("_DFF_CRONTAB_CONFIG_ID"u8, Origin == "crontab" ? OriginId : null);
            json.WriteString("_DFF_QUEUE"u8, Queue.ToString(System.Globalization.CultureInfo.InvariantCulture));
            json.WritePropertyName("_DFF_HTTP_REQUEST"u8);
            json.WriteRawValue(HttpRequest.IsEmpty ? "{}"u8 : HttpRequest.Span, skipInputValidation: true);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
