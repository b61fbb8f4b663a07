namespace Dff.Web.Api;

/// <summary>What adding, changing and deleting answer: which one it was.</summary>
public sealed record IdAnswer(string Id);
