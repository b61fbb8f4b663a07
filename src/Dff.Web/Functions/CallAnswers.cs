using System.Text.Json.Serialization;
using Dff.Storage;

namespace Dff.Web.Functions;

/// <summary>A function's result in the envelope. <see cref="RawResult"/> writes it byte by byte, since results may be large.</summary>
public sealed record CallAnswer
{
    /// <summary>Synchronous: whatever the function returned, in the form that <c>options.returnType</c> asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RawJson? Result { get; init; }

    /// <summary>Asynchronous: the task, which is committed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TaskId { get; init; }

    /// <summary>Asynchronous: where its result is asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ResultURL { get; init; }
}

/// <param name="TraceInfo">Where the code failed; null where it did not.</param>
/// <param name="Stack">The traceback as text; null where there is none.</param>
public sealed record DraftAnswer(DraftResult Result, RawJson? TraceInfo, string? Stack);

/// <param name="ExportedAPIFuncs">The functions that the draft exports; null where it could not be loaded.</param>
/// <param name="PlotCharts">Always null in this version.</param>
/// <param name="FuncResult">Null where the draft was only loaded, or failed.</param>
public sealed record DraftResult(RawJson? ExportedAPIFuncs, IReadOnlyList<string> LogMessages, object? PlotCharts, DraftFuncResult? FuncResult);

/// <param name="Cost">Seconds.</param>
public sealed record DraftFuncResult(RawJson? Raw, string? Repr, string? JsonDumps, double Cost);
