using Orleans.Runtime;

namespace Dff.Abstractions.Functions;

/// <summary>The content of an answer that is a file on the silo that ran the function.</summary>
/// <param name="Token">By which that silo knows it.</param>
/// <param name="Name">For whoever saves it.</param>
[GenerateSerializer, Immutable, Alias("dff.result-file")]
public sealed record ResultFile(
    [property: Id(0)] SiloAddress Silo, [property: Id(1)] string Token, [property: Id(2)] long Length, [property: Id(3)] DateTimeOffset LastWrite, [property: Id(4)] string Name);

/// <summary>Reaches such files from every silo. One that nobody keeps or reads is forgotten after some minutes.</summary>
public interface IResultFiles
{
    /// <summary>Null where it is on another silo, or is not there any longer.</summary>
    string? LocalPathOf(ResultFile file);

    /// <summary>Copies it piece by piece.</summary>
    /// <exception cref="IOException">It is not there any longer, or ended too early.</exception>
    Task CopyToAsync(ResultFile file, Stream to, CancellationToken cancellationToken);

    /// <summary>Lets it stay for so long, and for a while after it for those that are reading it.</summary>
    /// <returns>False: it is not there any longer.</returns>
    Task<bool> KeepAsync(ResultFile file, TimeSpan time);

    /// <summary>Nobody needs it any longer.</summary>
    Task ReleaseAsync(ResultFile file);
}
