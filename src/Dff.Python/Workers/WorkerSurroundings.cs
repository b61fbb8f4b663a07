using Dff.Python.Protocol;
using Microsoft.Extensions.Logging;

namespace Dff.Python.Workers;

/// <summary>What every worker of an engine shares.</summary>
internal sealed record WorkerSurroundings(PythonEngineOptions Options, IPythonHost Host, TimeProvider Time, ILogger Logger)
{
    public FrameLimits Limits { get; } = new(Options.MaxResultBytes, Options.MaxLogBytes);
}
