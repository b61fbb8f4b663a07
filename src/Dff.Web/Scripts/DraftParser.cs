using System.Text.Json;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Storage;

namespace Dff.Web.Scripts;

/// <summary>Asks CPython what it says of a source that is being written. The source is read by a warm worker process, and never executed.</summary>
public sealed class DraftParser(IFunctionWorkers workers, WorkerOptions options)
{
    /// <summary>Stands for the script in logs; the harness has the parser, so that this one line is all there is to load.</summary>
    private const string ScriptId = "dff__parser";
    private const string Code = "from dff_worker.parsing import parse\nDFF.API(parse)\n";

    // An editor asks again after the next key stroke: an answer that comes late is worth nothing.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <returns>JSON in the shape of <see cref="ParsedDraft"/>.</returns>
    public async Task<ReadOnlyMemory<byte>> ParseAsync(string code, bool withFunctions)
    {
        var outcome = await workers.CallAsync(options.DebugQueue, new FunctionCall
        {
            ScriptId = ScriptId,
            FunctionName = "parse",
            Kwargs = JsonSerializer.SerializeToUtf8Bytes(new { code, functions = withFunctions }),
            Context = FunctionContext.ForLoad(ScriptId, options.DebugQueue),
            Timeout = Limit,
            WaitLimit = Limit,
            DraftCode = Code,
        });
        return outcome.Kind switch
        {
            FunctionOutcomeKind.Succeeded => outcome.Raw,
            FunctionOutcomeKind.Congested or FunctionOutcomeKind.NotStarted =>
                throw new DffException(ErrorReason.WorkerQueueCongestion, "No worker process was free to read the draft; try again", new { waiting = outcome.Waiting }),
            // Sources can be built that end the parser's process (nesting) or keep it busy.
            _ => JsonSerializer.SerializeToUtf8Bytes(new ParsedDraft([new ParseProblem("error", $"Python could not read this draft: {outcome.ErrorMessage}", 1, 1, 1, null)], null), Api.ApiJson.Options),
        };
    }
}

/// <param name="Functions">The functions at the top of the draft; null where they were not asked for, or the draft has an error.</param>
public sealed record ParsedDraft(IReadOnlyList<ParseProblem> Problems, IReadOnlyList<ParsedFunction>? Functions);

/// <param name="Severity">error or warning</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">In characters, from 1.</param>
/// <param name="EndColumn">The column after the last character; null: not known.</param>
public sealed record ParseProblem(string Severity, string Message, int Line, int Column, int EndLine, int? EndColumn);

/// <param name="Title">Of <c>@DFF.API</c>, where it is a literal.</param>
public sealed record ParsedFunction(string Name, int Line, string? Description, bool IsExported, string? Title, IReadOnlyList<ParsedArgument> Arguments);

/// <param name="Name">As written in the call; <c>*args</c> and <c>**kwargs</c> with their stars.</param>
/// <param name="Default">The literal as JSON, or "&lt;Complex Object&gt;".</param>
/// <param name="Hint">Its <c>kwargs_hint</c>, where it is a literal.</param>
public sealed record ParsedArgument(string Name, bool IsRequired, RawJson? Default, string? Annotation, RawJson? Hint);
