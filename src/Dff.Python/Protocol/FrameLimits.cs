namespace Dff.Python.Protocol;

/// <summary>How long a worker's frame may be, by type: a length is checked before a byte of memory is set aside for it.</summary>
internal sealed class FrameLimits(int maxResultBytes, int maxLogBytes)
{
    private const int Slack = 16 * 1024 * 1024;
    private const int LargestPiece = 256 * 1024;

    /// <summary>Until a connection has said who it is, it may say nothing else.</summary>
    public static FrameLimits Stranger { get; } = new(0, 0);

    public long Of(FrameType type) => type switch
    {
        FrameType.Hello => 4096,
        _ when this == Stranger => 0,
        FrameType.Settled => 4096,
        FrameType.Data => LargestPiece,
        FrameType.Log => maxLogBytes + 64L * 1024,
        FrameType.HostCall => 2 * Slack,
        FrameType.Result => Math.Min(Array.MaxLength, 3L * maxResultBytes + Slack), // three forms may be asked for
        FrameType.Error => 2 * Slack,
        _ => throw new ProtocolException($"A frame of the unknown type 0x{(byte)type:x2} came."),
    };
}
