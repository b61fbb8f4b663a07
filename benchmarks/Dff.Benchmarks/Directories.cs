using Dff.Testing;

namespace Dff.Benchmarks;

internal sealed class Directories : IDisposable
{
    private readonly List<TestDirectory> _directories = [];

    public string New()
    {
        var directory = new TestDirectory();
        _directories.Add(directory);
        return directory.Path;
    }

    public void Dispose()
    {
        foreach (var directory in _directories) directory.Dispose();
    }
}
