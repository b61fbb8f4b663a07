namespace Dff.Testing;

/// <summary>A file that functions append lines to, whatever user they run as.</summary>
public sealed class NoteFile : IDisposable
{
    private readonly TestDirectory _directory = new();

    public NoteFile()
    {
        // Workers run as users of their own.
        File.SetUnixFileMode(_directory.Path, (UnixFileMode)0x1FF);
        Path = _directory.Combine("notes");
        File.WriteAllText(Path, "");
        File.SetUnixFileMode(Path, (UnixFileMode)0x1B6);
    }

    public string Path { get; }

    public IReadOnlyList<string> Lines => File.ReadAllLines(Path);

    public void Dispose() => _directory.Dispose();
}
