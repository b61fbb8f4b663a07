using System.Text;

namespace Dff.Python.Tests;

/// <summary>Published code in memory: the host's side of <see cref="ICodeSnapshot"/>.</summary>
public sealed class CodeStore
{
    private Snapshot _current = new(0, [], []);

    public ICodeSnapshot Current => _current;

    public void Publish(string scriptId, string code)
    {
        lock (this)
        {
            var version = (_current.VersionOf(scriptId) ?? 0) + 1;
            _current = _current.With(scriptId, new ScriptCode(scriptId, version, Encoding.UTF8.GetBytes(code)));
        }
    }

    public void Delete(string scriptId)
    {
        lock (this) _current = _current.With(scriptId, null);
    }

    private sealed class Snapshot(long generation, Dictionary<string, ScriptCode> scripts, Dictionary<string, long> changes) : ICodeSnapshot
    {
        public long Generation => generation;

        public Snapshot With(string scriptId, ScriptCode? script)
        {
            var next = new Dictionary<string, ScriptCode>(scripts);
            if (script is null) next.Remove(scriptId);
            else next[scriptId] = script;
            return new Snapshot(generation + 1, next, new Dictionary<string, long>(changes) { [scriptId] = generation + 1 });
        }

        public ValueTask<ScriptCode?> GetAsync(string scriptId, CancellationToken cancellationToken) => ValueTask.FromResult(scripts.GetValueOrDefault(scriptId));

        public int? VersionOf(string scriptId) => scripts.GetValueOrDefault(scriptId)?.Version;

        public IReadOnlyCollection<string>? ChangedSince(long since) => [.. changes.Where(change => change.Value > since).Select(change => change.Key)];
    }
}
