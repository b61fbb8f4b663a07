namespace Dff.Web.Functions;

/// <summary>Where a queued call comes from, and what that means for it.</summary>
/// <param name="Name">direct or batch.</param>
/// <param name="Id">The batch's ID; null for direct calls.</param>
/// <param name="TimeoutSeconds">How long it may run unless the caller or the function says otherwise.</param>
/// <param name="ExpireScale">It may wait for its timeout times this.</param>
public sealed record TaskOrigin(string Name, string? Id, int TimeoutSeconds, int ExpireScale);
