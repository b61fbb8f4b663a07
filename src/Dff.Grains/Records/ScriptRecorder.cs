using System.Text;
using System.Text.Json;
using Dff.Abstractions.Functions;
using Dff.Storage;
using Dff.Storage.Records;
using Microsoft.Extensions.Logging;

namespace Dff.Grains.Records;

/// <summary>
/// Records what published functions printed and how they failed, behind the answer: a call that did neither costs nothing, and one that did costs the making of a row.
/// Drafts are not recorded: their author sees all of it.
/// </summary>
public sealed class ScriptRecorder(ScriptRecordRepository records, TimeProvider time, ILogger<ScriptRecorder> logger) : RecordWriter<ScriptRecordRow>("records of functions", time, logger)
{
    private const int LongestText = 64 * 1024;
    private const int LongestName = 256;

    private readonly TimeProvider _time = time;

    /// <param name="publishVersion">Of the code that ran.</param>
    public void Record(FunctionCall call, FunctionOutcome outcome, int? publishVersion)
    {
        var hasFailed = HasFailed(outcome.Kind);
        if (outcome.Log.Count == 0 && !hasFailed) return;
        if (call.FunctionName is null || call.DraftCode is not null || publishVersion is not { } version) return;
        var (taskId, execMode) = Read(call.Context);
        var now = _time.GetUtcNow();
        var funcId = $"{call.ScriptId}.{call.FunctionName}";
        if (outcome.Log.Count > 0)
        {
            Add(new ScriptLogRow
            {
                Id = ShortId.NewOrdered("slog", now),
                TaskId = taskId,
                FuncId = funcId,
                ScriptPublishVersion = version,
                ExecMode = execMode,
                CreateTime = now,
                UpdateTime = now,
                MessageTEXT = Joined(outcome.Log),
            });
        }

        if (!hasFailed) return;
        Add(new ScriptFailureRow
        {
            Id = ShortId.NewOrdered("sfal", now),
            TaskId = taskId,
            FuncId = funcId,
            ScriptPublishVersion = version,
            ExecMode = execMode,
            CreateTime = now,
            UpdateTime = now,
            EinfoTEXT = Cut(outcome.Stack.Length > 0 ? outcome.Stack : outcome.ErrorMessage),
            Exception = outcome.ErrorType.Length == 0 ? outcome.Kind.ToString() : Cut(outcome.ErrorType, LongestName),
            TraceInfoJSON = call.HidesArguments || outcome.TraceInfo.IsEmpty || outcome.TraceInfo.Length > LongestText ? null : new RawJson(Encoding.UTF8.GetString(outcome.TraceInfo.Span)),
        });
    }

    protected override Task WriteAsync(IReadOnlyList<ScriptRecordRow> batch, CancellationToken cancellationToken) => records.AddAsync(batch, cancellationToken);

    protected override long SizeOf(ScriptRecordRow record) => 512 + (2 * (record switch
    {
        ScriptLogRow log => log.MessageTEXT.Length,
        ScriptFailureRow failure => failure.EinfoTEXT.Length + (failure.TraceInfoJSON?.Text.Length ?? 0),
        _ => 0,
    }));

    protected override string NameOf(ScriptRecordRow record) => $"{record.Id} of {record.FuncId}";

    /// <summary>What ran and did not come to its end. What never began is no failure of the function.</summary>
    private static bool HasFailed(FunctionOutcomeKind kind) =>
        kind is FunctionOutcomeKind.Raised or FunctionOutcomeKind.TimedOut or FunctionOutcomeKind.ResultUnusable or FunctionOutcomeKind.WorkerExited or FunctionOutcomeKind.WorkerLost;

    private static (string? TaskId, string ExecMode) Read(byte[] context)
    {
        string? taskId = null;
        var execMode = "sync";
        var json = new Utf8JsonReader(context);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var (isTaskId, isExecMode) = (json.ValueTextEquals("_DFF_TASK_ID"u8), json.ValueTextEquals("_DFF_EXEC_MODE"u8));
            json.Read();
            if (isTaskId) taskId = json.GetString();
            else if (isExecMode) execMode = json.GetString() is "crontab" and var crontab ? crontab : json.GetString() is "sync" ? "sync" : "async";
            else json.Skip();
        }

        return (taskId, execMode);
    }

    private static string Joined(IReadOnlyList<string> lines)
    {
        if (lines.Count == 1) return Cut(lines[0]);
        var text = new StringBuilder();
        foreach (var line in lines)
        {
            if (text.Length > 0) text.Append('\n');
            text.Append(line);
            if (text.Length > LongestText) break;
        }

        return Cut(text.ToString());
    }

    private static string Cut(string text, int longest = LongestText)
    {
        if (text.Length <= longest) return text;
        return text[..(char.IsHighSurrogate(text[longest - 2]) ? longest - 2 : longest - 1)] + "…";
    }
}
