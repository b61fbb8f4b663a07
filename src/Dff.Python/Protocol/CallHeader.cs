namespace Dff.Python.Protocol;

internal static class CallHeader
{
    public static void Write(SendBuffer buffer, long id, PythonCall call, PythonEngineOptions options)
    {
        var json = buffer.StartHeader(FrameType.Call);
        json.WriteStartObject();
        json.WriteNumber("id"u8, id);
        json.WriteNumber("gen"u8, call.Code.Generation);
        json.WriteString("script"u8, call.ScriptId);
        if (call.Code.VersionOf(call.ScriptId) is { } version) json.WriteNumber("ver"u8, version);
        else json.WriteNull("ver"u8);
        if (call.FunctionName is { } function) json.WriteString("func"u8, function);
        else json.WriteNull("func"u8);
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
        if (call.TakesStream && options.StreamDirectory is not null) json.WriteNumber("maxStream"u8, options.MaxStreamBytes);
        json.WriteNumber("maxLog"u8, options.MaxLogBytes);
        json.WriteEndObject();
        buffer.EndHeader();
    }
}
