namespace Dff.Python.Protocol;

internal enum FrameType : byte
{
    /// <summary>No frame: the other side has closed.</summary>
    None = 0,
    Call = 0x01,
    HostReply = 0x02,
    Exit = 0x03,
    Hello = 0x81,

    /// <summary>A piece of the result, ahead of <see cref="Result"/>.</summary>
    Data = 0x82,
    Log = 0x83,
    HostCall = 0x84,
    Result = 0x85,
    Error = 0x86,
    Settled = 0x87,
}

/// <param name="Body">Valid until the next read, unless <paramref name="IsOwned"/>.</param>
/// <param name="IsOwned">The body is an array of its own that nobody writes to again.</param>
/// <param name="WasReset">With <see cref="FrameType.None"/>: the other side went without having read all that was sent to it.</param>
internal readonly record struct Frame(FrameType Type, ReadOnlyMemory<byte> Body, bool IsOwned = false, bool WasReset = false);

/// <summary>A worker sent what the protocol does not know. Workers run foreign code, so this is a fault of that code, not of the engine.</summary>
internal sealed class ProtocolException(string message) : Exception(message);
