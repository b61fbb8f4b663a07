using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Runtime.Services;
using Orleans.Services;

namespace Dff.Grains.Functions;

/// <summary>One on every silo: hands files of results to other silos.</summary>
[Alias("dff.silo-result-files")]
public interface ISiloResultFiles : IGrainService
{
    /// <summary>A piece of a file; empty at its end, null where it is not there any longer.</summary>
    [Alias("read")]
    Task<byte[]?> ReadAsync(string token, long offset);

    [Alias("keep")]
    Task<bool> KeepAsync(string token, TimeSpan time);

    [Alias("release")]
    Task ReleaseAsync(string token);
}

public sealed class SiloResultFiles(GrainId grainId, Silo silo, ILoggerFactory loggerFactory, ResultFiles files) : GrainService(grainId, silo, loggerFactory), ISiloResultFiles
{
    public Task<byte[]?> ReadAsync(string token, long offset) => files.ReadAsync(token, offset);

    public Task<bool> KeepAsync(string token, TimeSpan time) => Task.FromResult(files.Keep(token, time));

    public Task ReleaseAsync(string token)
    {
        files.Release(token);
        return Task.CompletedTask;
    }
}

public sealed class SiloResultFilesClient(IServiceProvider services) : GrainServiceClient<ISiloResultFiles>(services)
{
    public ISiloResultFiles On(SiloAddress silo) => GetGrainService(silo);
}
