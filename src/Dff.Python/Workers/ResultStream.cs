using Dff.Python.Protocol;
using Microsoft.Win32.SafeHandles;

namespace Dff.Python.Workers;

/// <summary>The file of a result that comes piece by piece. Unless somebody takes it, it goes with its call.</summary>
internal sealed class ResultStream : IDisposable
{
    private readonly string _path;
    private readonly long _limit;
    private readonly SafeFileHandle _file;
    private long _length;
    private bool _isTaken;

    public ResultStream(string directory, long limit)
    {
        (_path, _limit) = (Path.Combine(directory, Guid.NewGuid().ToString("N")), limit);
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _file = File.OpenHandle(_path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, FileOptions.Asynchronous);
        File.SetUnixFileMode(_file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>The worker waits, by its socket, until the piece is written.</summary>
    public async ValueTask AddAsync(ReadOnlyMemory<byte> piece)
    {
        if (_length + piece.Length > _limit) throw new ProtocolException($"A result of more than {_limit} bytes came in pieces.");
        await RandomAccess.WriteAsync(_file, piece, _length).ConfigureAwait(false);
        _length += piece.Length;
    }

    public StreamedResult Take()
    {
        _isTaken = true;
        return new StreamedResult(_path, _length);
    }

    public void Dispose()
    {
        _file.Dispose();
        if (!_isTaken) File.Delete(_path);
    }
}
