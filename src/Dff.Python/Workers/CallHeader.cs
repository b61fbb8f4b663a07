using System.Text.Json;

namespace Dff.Python.Workers;

/// <summary>The headers of the frames that the silo sends.</summary>
internal static class CallHeader
{
    public static void Write(Utf8JsonWriter json, RunningCall running, PythonEngineOptions options)
    {
        var call = running.Call;
        json.WriteStartObject();
        json.WriteNumber("id"u8, running.Id);
        json.WriteNumber("gen"u8, call.Code.Generation);
        json.WriteString("script"u8, call.ScriptId);
        json.WriteNumber("ver"u8, call.DraftCode is null ? call.Code.VersionOf(call.ScriptId) ?? 0 : 0);
        json.WriteString("func"u8, call.FunctionName);
        json.WriteBoolean("draft"u8, call.DraftCode is not null);
        json.WriteNumber("draftLen"u8, call.DraftCode?.Length ?? 0);
        json.WriteNumber("ctxLen"u8, call.Context.Length);
        json.WriteStartArray("ret"u8);
        if (call.Returns.HasFlag(ReturnForms.Raw)) json.WriteStringValue("raw"u8);
        if (call.Returns.HasFlag(ReturnForms.Repr)) json.WriteStringValue("repr"u8);
        if (call.Returns.HasFlag(ReturnForms.JsonDumps)) json.WriteStringValue("jsonDumps"u8);
        json.WriteEndArray();
        json.WriteBoolean("facts"u8, call.WantsFacts || call.FunctionName is null);
        json.WriteNumber("timeout"u8, call.Timeout.TotalSeconds);
        json.WriteNumber("maxResult"u8, options.MaxResultBytes);
        json.WriteNumber("maxLog"u8, options.MaxLogBytes);
        json.WriteEndObject();
    }

    public static void WriteReply(Utf8JsonWriter json, long hid, HostReply reply)
    {
        json.WriteStartObject();
        json.WriteNumber("hid"u8, hid);
        json.WriteBoolean("ok"u8, reply.Ok);
        if (!reply.Ok)
        {
            json.WriteString("etype"u8, reply.ErrorType);
            json.WriteString("message"u8, reply.ErrorMessage);
        }

        json.WriteEndObject();
    }
}
