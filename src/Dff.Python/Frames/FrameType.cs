namespace Dff.Python.Frames;

/// <summary>The frames on a worker's socket; see <c>docs/python-engine.md</c>.</summary>
internal enum FrameType : byte
{
    Call = 0x01,
    HostReply = 0x02,
    Exit = 0x03,
    Hello = 0x81,
    Log = 0x83,
    HostCall = 0x84,
    Result = 0x85,
    Error = 0x86,
    Settled = 0x87,
}
