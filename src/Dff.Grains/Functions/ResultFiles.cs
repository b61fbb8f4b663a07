using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Functions;
using Dff.Python;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Dff.Grains.Functions;

/// <summary>The files that answers of this silo's functions are read from, and the way to those of others.</summary>
public sealed class ResultFiles : IResultFiles, IDisposable
{
    private const int PieceBytes = 512 * 1024;

    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(5);

    private readonly ResourceDirectory _resources;
    private readonly IServiceProvider _services;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, Entry> _files = new(StringComparer.Ordinal);
    private readonly ITimer _sweep;

    public ResultFiles(ResourceDirectory resources, IServiceProvider services, TimeProvider time)
    {
        (_resources, _services, _time) = (resources, services, time);
        _sweep = time.CreateTimer(_ => Sweep(), null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
    }

    private SiloAddress Here => _services.GetRequiredService<ILocalSiloDetails>().SiloAddress;

    /// <summary>The outcome with the file that its content is in, where it is in one.</summary>
    internal FunctionOutcome Attach(FunctionOutcome outcome, PythonOutcome python)
    {
        if (python.Streamed is { } streamed) return outcome with { File = Register(streamed.Path, streamed.Length, _time.GetUtcNow(), "result", isOurs: true) };
        if (outcome.Response.IsEmpty) return outcome;
        using var response = JsonDocument.Parse(outcome.Response);
        if (response.RootElement.ValueKind != JsonValueKind.Object || !response.RootElement.TryGetProperty("file", out var file) || file.ValueKind != JsonValueKind.String) return outcome;
        var given = file.GetString() ?? "";
        if (Resolve(given) is not { } path)
        {
            return outcome with
            {
                Kind = FunctionOutcomeKind.ResultUnusable,
                ErrorType = "FileNotFoundError",
                ErrorMessage = $"DFF.RESP_FILE: '{given}' is no file below the resources",
                Response = default,
            };
        }

        var facts = new FileInfo(path);
        var deletes = response.RootElement.TryGetProperty("autoDelete", out var delete) && delete.ValueKind == JsonValueKind.True;
        return outcome with { File = Register(path, facts.Length, facts.LastWriteTimeUtc, facts.Name, deletes) };
    }

    public string? LocalPathOf(ResultFile file) => file.Silo.Equals(Here) && _files.TryGetValue(file.Token, out var entry) ? entry.Path : null;

    public async Task CopyToAsync(ResultFile file, Stream to, CancellationToken cancellationToken)
    {
        var silo = _services.GetRequiredService<SiloResultFilesClient>().On(file.Silo);
        for (var offset = 0L; offset < file.Length;)
        {
            var piece = await silo.ReadAsync(file.Token, offset) ?? throw new IOException("The file of the result is not there any longer");
            if (piece.Length == 0) throw new IOException("The file of the result has become shorter");
            await to.WriteAsync(piece, cancellationToken);
            offset += piece.Length;
        }
    }

    public Task<bool> KeepAsync(ResultFile file, TimeSpan time) => file.Silo.Equals(Here) ? Task.FromResult(Keep(file.Token, time)) : KeepElsewhereAsync(file, time);

    public Task ReleaseAsync(ResultFile file)
    {
        if (!file.Silo.Equals(Here)) return ReleaseElsewhereAsync(file);
        Release(file.Token);
        return Task.CompletedTask;
    }

    internal async Task<byte[]?> ReadAsync(string token, long offset)
    {
        if (!_files.TryGetValue(token, out var entry)) return null;
        entry.StayUntil(_time.GetUtcNow() + Grace);
        try
        {
            using var file = File.OpenHandle(entry.Path, options: FileOptions.Asynchronous);
            var piece = new byte[Math.Clamp(entry.Length - offset, 0, PieceBytes)];
            var read = await RandomAccess.ReadAsync(file, piece, offset);
            return read == piece.Length ? piece : piece[..read];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal bool Keep(string token, TimeSpan time)
    {
        if (!_files.TryGetValue(token, out var entry) || !File.Exists(entry.Path)) return false;
        entry.StayUntil(_time.GetUtcNow() + time + Grace);
        return true;
    }

    internal void Release(string token)
    {
        if (_files.TryRemove(token, out var entry)) entry.Delete();
    }

    public void Dispose()
    {
        _sweep.Dispose();
        foreach (var token in _files.Keys) Release(token);
    }

    private static async Task<bool> Answered(Task<bool> asked)
    {
        try
        {
            return await asked;
        }
        catch (Exception error) when (error is OrleansException or TimeoutException)
        {
            // Its silo has gone, and the file with it.
            return false;
        }
    }

    private Task<bool> KeepElsewhereAsync(ResultFile file, TimeSpan time) => Answered(_services.GetRequiredService<SiloResultFilesClient>().On(file.Silo).KeepAsync(file.Token, time));

    private Task ReleaseElsewhereAsync(ResultFile file) => Answered(Then(_services.GetRequiredService<SiloResultFilesClient>().On(file.Silo).ReleaseAsync(file.Token)));

    private static async Task<bool> Then(Task done)
    {
        await done;
        return true;
    }

    private ResultFile Register(string path, long length, DateTimeOffset lastWrite, string name, bool isOurs)
    {
        var token = RandomNumberGenerator.GetHexString(32, lowercase: true);
        _files[token] = new Entry(path, length, isOurs, _time.GetUtcNow() + (2 * Grace));
        return new ResultFile(Here, token, length, lastWrite, name);
    }

    /// <summary>The real path of a file below the resources, links followed; null: it is none, or not below them.</summary>
    private string? Resolve(string given)
    {
        try
        {
            if (given.Length == 0 || given.Contains('\0')) return null;
            using var file = File.OpenHandle(Path.Combine(_resources.Path, given));
            var path = File.ResolveLinkTarget($"/proc/self/fd/{file.DangerousGetHandle()}", returnFinalTarget: false)?.FullName;
            return path is not null && path.StartsWith(RealPath(_resources.Path) + "/", StringComparison.Ordinal) && File.Exists(path) ? path : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static string RealPath(string directory)
    {
        var real = "";
        foreach (var part in Path.GetFullPath(directory).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            real = $"{real}/{part}";
            if (Directory.ResolveLinkTarget(real, returnFinalTarget: true) is { } target) real = RealPath(target.FullName);
        }

        return real;
    }

    private void Sweep()
    {
        var now = _time.GetUtcNow();
        foreach (var (token, entry) in _files)
        {
            if (entry.IsOver(now)) Release(token);
        }
    }

    private sealed class Entry(string path, long length, bool isOurs, DateTimeOffset until)
    {
        private long _until = until.UtcTicks;

        public string Path => path;

        public long Length => length;

        public bool IsOver(DateTimeOffset now) => now.UtcTicks > Volatile.Read(ref _until);

        /// <summary>Never shorter than promised before.</summary>
        public void StayUntil(DateTimeOffset time)
        {
            while (Volatile.Read(ref _until) is var before && before < time.UtcTicks)
            {
                if (Interlocked.CompareExchange(ref _until, time.UtcTicks, before) == before) return;
            }
        }

        public void Delete()
        {
            if (!isOurs) return;
            try
            {
                File.Delete(path);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // It is in the way of nothing; ours go with the next start.
            }
        }
    }
}
