using System.Text;
using System.Text.Json.Serialization;
using Dff.Abstractions.Crontab;
using Dff.Abstractions.Tasks;
using Dff.Storage.Lists;

namespace Dff.Storage.Tasks;

/// <summary>A finished task with what it answered.</summary>
public sealed record DataProcessorTaskResultRow : FunctionJoin
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    /// <summary>The name of the task: the ID of its function.</summary>
    public string Task => FuncId;

    public string FuncId { get; init; } = "";

    public string? Origin { get; init; }

    public string? OriginId { get; init; }

    [JsonIgnore] public string StoredExecMode { get; init; } = "";

    /// <summary>async or crontab.</summary>
    public string ExecMode => StoredExecMode == "crontab" ? StoredExecMode : "async";

    [JsonIgnore] public DateTimeOffset? BeginTime { get; init; }

    [JsonIgnore] public DateTimeOffset? FinishTime { get; init; }

    /// <summary>Unix seconds; null: it never began.</summary>
    public long? StartTime => BeginTime?.ToUnixTimeSeconds();

    /// <summary>Unix seconds.</summary>
    public long? EndTime => FinishTime?.ToUnixTimeSeconds();

    /// <summary>Always null: functions are called by the names of their arguments.</summary>
    public RawJson? ArgsJSON => null;

    public RawJson? KwargsJSON { get; init; }

    [JsonIgnore] public byte[]? Raw { get; init; }

    /// <summary>Null where it failed, where only other forms were asked for, and where the result is not kept any longer.</summary>
    public RawJson? RetvalJSON => Raw is null ? null : new RawJson(Encoding.UTF8.GetString(Raw));

    /// <summary>The result is too long for a list; the route of one record answers it.</summary>
    public bool IsRetvalLeftOut { get; init; }

    /// <summary>SUCCESS or FAILURE.</summary>
    public string Status => RunStatus.OfMonitor(TaskStatus);

    /// <summary>success, failure, timeout, cancelled, expired, skipped or lost.</summary>
    public string TaskStatus { get; init; } = "";

    public string? EinfoTEXT { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}

/// <summary>A task as monitors show it.</summary>
public sealed record MonitoredTaskRow
{
    public string Id { get; init; } = "";

    /// <summary>The name of the task: the ID of its function.</summary>
    public string Task { get; init; } = "";

    public int Queue { get; init; }

    public string Origin { get; init; } = "";

    public string? OriginId { get; init; }

    public string ExecMode { get; init; } = "";

    /// <summary>PENDING, SUCCESS or FAILURE.</summary>
    public string Status => RunStatus.OfMonitor(TaskStatus);

    /// <summary>queued, running, success, failure, timeout, cancelled, expired, skipped or lost.</summary>
    public string TaskStatus { get; init; } = "";

    public int Priority { get; init; }

    /// <summary>Attempts that began.</summary>
    public int Attempt { get; init; }

    public DateTimeOffset QueueTime { get; init; }

    [JsonIgnore] public DateTimeOffset DueTime { get; init; }

    /// <summary>Not before; null where it waits for the run before it.</summary>
    public DateTimeOffset? Eta => DueTime == CrontabAdvance.Held ? null : DueTime;

    public DateTimeOffset? StartTime { get; init; }

    public DateTimeOffset? EndTime { get; init; }

    public string? EinfoTEXT { get; init; }
}

/// <summary>How many tasks of a queue have not finished.</summary>
public sealed record QueueLength
{
    public int Queue { get; init; }

    public long Count { get; init; }
}
