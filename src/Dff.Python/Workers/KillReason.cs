namespace Dff.Python.Workers;

/// <summary>Why the engine itself ends a worker.</summary>
internal enum KillReason
{
    None,

    /// <summary>The call ran past its timeout and the extra time.</summary>
    TimedOut,

    Cancelled,

    /// <summary>The engine stops.</summary>
    Stopping,

    /// <summary>It sent what the protocol does not know.</summary>
    Protocol,

    /// <summary>Its connection is gone although the process is there.</summary>
    Disconnected,

    /// <summary>It is spoilt, worn out or not needed any more; no call is lost by it.</summary>
    Retired,
}
