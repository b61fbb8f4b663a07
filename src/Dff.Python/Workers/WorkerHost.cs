using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Dff.Python.Workers;

/// <summary>What workers need of the engine: answers to their questions, and somebody who kills.</summary>
internal sealed partial class WorkerHost(PythonEngineOptions options, IPythonHost host, TimeProvider time, ILogger logger, Action<string> kill)
{
    public PythonEngineOptions Options { get; } = options;

    public TimeProvider Time { get; } = time;

    public void Kill(string nonce) => kill(nonce);

    /// <summary>Never throws: whatever goes wrong is raised in the script that asked.</summary>
    public async ValueTask<HostReply> AskAsync(RunningCall running, string operation, ReadOnlyMemory<byte> arguments)
    {
        try
        {
            return operation switch
            {
                "code.get" => await CodeAsync(running, arguments),
                "code.changed" => Changed(running.Call.Code, arguments),
                _ => await host.HandleAsync(running.Call, operation, arguments, running.Lifetime),
            };
        }
        catch (OperationCanceledException)
        {
            return HostReply.Error("ValueError", $"{operation}: the call has ended");
        }
        catch (Exception error)
        {
            HostCallFailed(operation, running.Call.ScriptId, error);
            return HostReply.Error("DffError", $"{operation} failed inside the server");
        }
    }

    private static async ValueTask<HostReply> CodeAsync(RunningCall running, ReadOnlyMemory<byte> arguments)
    {
        using var document = JsonDocument.Parse(arguments);
        var scriptId = document.RootElement.GetProperty("script").GetString() ?? "";
        var code = await running.Call.Code.GetAsync(scriptId, running.Lifetime);
        if (code is null) return HostReply.Error("NotFoundException", $"no published script {scriptId}");
        var payload = new byte[4 + code.Code.Length];
        BinaryPrimitives.WriteInt32LittleEndian(payload, code.Version);
        code.Code.CopyTo(payload.AsMemory(4));
        return HostReply.Json(payload);
    }

    private static HostReply Changed(ICodeSnapshot code, ReadOnlyMemory<byte> arguments)
    {
        using var document = JsonDocument.Parse(arguments);
        return HostReply.Json(JsonSerializer.SerializeToUtf8Bytes(code.ChangedSince(document.RootElement.GetProperty("since").GetInt64())));
    }

    [LoggerMessage(EventId = 310, EventName = "HostCallFailed", Level = LogLevel.Error, Message = "{Operation} for script {ScriptId} failed")]
    private partial void HostCallFailed(string operation, string scriptId, Exception error);
}
