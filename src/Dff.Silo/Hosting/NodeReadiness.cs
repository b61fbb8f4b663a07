using Dff.Abstractions.Configuration;
using Dff.Python;
using Dff.Web.Health;

namespace Dff.Silo.Hosting;

internal sealed class NodeReadiness(IPythonEngine engine, WorkerOptions worker, NodeOptions node) : IReadiness
{
    private volatile bool _isReady;

    public IReadOnlyDictionary<string, string?> Parts => new Dictionary<string, string?>
    {
        ["silo"] = _isReady ? null : "starting or stopping",
        ["python"] = worker.ServedBy(node).Count == 0 || engine.GetReport().IsReady ? null : "the Python engine is being started",
    };

    public IReadOnlyDictionary<string, string> Facts
    {
        get
        {
            var report = engine.GetReport();
            return new Dictionary<string, string>
            {
                ["version"] = ProgramVersion.Current.Number,
                ["python"] = report.Version,
                ["isolation"] = report.Isolation,
            };
        }
    }

    public Task BecomeReady()
    {
        _isReady = true;
        return Task.CompletedTask;
    }

    public Task BecomeUnready()
    {
        _isReady = false;
        return Task.CompletedTask;
    }
}
