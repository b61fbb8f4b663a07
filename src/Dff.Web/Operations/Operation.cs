using Dff.Web.Contracts;
using Dff.Web.Users;

namespace Dff.Web.Operations;

/// <summary>A call that will be recorded, from the moment its caller is known.</summary>
public sealed class Operation(ApiRoute route, SignedInUser user)
{
    public ApiRoute Route { get; } = route;

    public SignedInUser User { get; } = user;

    /// <summary>The envelope that was answered; empty where the answer is none.</summary>
    public ReadOnlyMemory<byte> Answer { get; set; }

    /// <summary>The caller hung up before there was an answer; what was begun may have been done.</summary>
    public bool IsAbandoned { get; set; }
}
