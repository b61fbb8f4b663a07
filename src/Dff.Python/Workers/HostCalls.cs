using System.Buffers.Binary;
using System.Text.Json;
using Dff.Python.Protocol;
using Microsoft.Extensions.Logging;

namespace Dff.Python.Workers;

/// <summary>Answers what the code in one worker asks for, while its call goes on. Questions may come from several threads of it at once.</summary>
internal sealed class HostCalls(FrameSender sender, IPythonHost host, ILogger logger)
{
    // The harness asks one question at a time; this bounds what code that writes frames by itself can make the silo keep.
    private const int MostOpenBytes = 64 * 1024 * 1024;

    private const int QuestionBytes = 1024; // what a question without arguments takes

    private int _openBytes;

    public void Answer(RunningCall running, in Frame frame)
    {
        var (hid, operation, arguments) = Read(frame);
        if (Interlocked.Add(ref _openBytes, QuestionBytes + arguments.Length) > MostOpenBytes)
            throw new ProtocolException("Too many questions to the host are open.");
        _ = AnswerAsync(running, hid, operation, arguments);
    }

    /// <summary>For a question that comes when the call it belongs to has ended.</summary>
    public async ValueTask RefuseAsync(Frame frame)
    {
        var (hid, _, _) = Read(frame);
        await sender.SendReplyAsync(hid, HostReply.Error("RuntimeError", "The call that this belongs to has ended.")).ConfigureAwait(false);
    }

    private async Task AnswerAsync(RunningCall running, long hid, string operation, byte[] arguments)
    {
        HostReply reply;
        try
        {
            reply = operation switch
            {
                "code.get" => await CodeAsync(running, arguments).ConfigureAwait(false),
                "code.changed" => Changed(running, arguments),
                _ => await host.HandleAsync(running.Call, operation, arguments, running.Ended).ConfigureAwait(false),
            };
        }
        catch (OperationCanceledException) when (running.Ended.IsCancellationRequested)
        {
            reply = HostReply.Error("RuntimeError", "The call that this belongs to has ended.");
        }
        catch (Exception exception)
        {
            // The host is code of others, and the caller gets an answer whatever it does.
            EngineLog.HostFailed(logger, exception, operation, running.Call.ScriptId);
            reply = HostReply.Error("RuntimeError", $"The service failed to answer {operation}.");
        }

        await sender.SendReplyAsync(hid, reply).ConfigureAwait(false);
        Interlocked.Add(ref _openBytes, -QuestionBytes - arguments.Length);
    }

    private static async ValueTask<HostReply> CodeAsync(RunningCall running, byte[] arguments)
    {
        var scriptId = Argument(arguments, "script").GetString() ?? "";
        if (await running.Call.Code.GetAsync(scriptId, running.Ended).ConfigureAwait(false) is not { } script)
            return HostReply.Error("NotFoundException", $"There is no published script {scriptId}.");
        var payload = new byte[4 + script.Code.Length];
        BinaryPrimitives.WriteInt32LittleEndian(payload, script.Version);
        script.Code.Span.CopyTo(payload.AsSpan(4));
        return new HostReply(true, payload);
    }

    private static HostReply Changed(RunningCall running, byte[] arguments) =>
        HostReply.Json(JsonSerializer.SerializeToUtf8Bytes(running.Call.Code.ChangedSince(Argument(arguments, "since").GetInt64())));

    private static JsonElement Argument(byte[] arguments, string name)
    {
        using var json = JsonDocument.Parse(arguments);
        return json.RootElement.GetProperty(name).Clone();
    }

    private static (long Hid, string Operation, byte[] Arguments) Read(in Frame frame)
    {
        var body = HeadedBody.Of(frame);
        try
        {
            using var header = JsonDocument.Parse(body.Header);
            return (header.RootElement.GetProperty("hid").GetInt64(), header.RootElement.GetProperty("op").GetString() ?? "", body.Payload.ToArray());
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ProtocolException($"The header of a HOST_CALL frame is not as agreed: {exception.Message}");
        }
    }
}
