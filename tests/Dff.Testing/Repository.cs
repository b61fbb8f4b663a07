namespace Dff.Testing;

/// <summary>The checkout that the tests were built in.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Dff.sln"))) directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("not below a checkout");
        return directory;
    }
}
