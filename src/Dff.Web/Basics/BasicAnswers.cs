namespace Dff.Web.Basics;

/// <summary>What the body and the query held; null where nothing was sent.</summary>
public sealed record EchoAnswer(object? Echo, string? String, long? Integer, bool? Boolean);

public sealed record ClientConfig(string Version, string? BaseURL, bool CaptchaEnabled, int PasswordMinLength, bool Initialized);

/// <param name="Commit">Of the source it was built from; empty where that is not known.</param>
public sealed record ImageInfo(string Version, string Commit);

/// <param name="OpenApi">Path of the document.</param>
/// <param name="Docs">Path of the page to read and try it.</param>
public sealed record ApiInfo(string Name, string Version, string OpenApi, string Docs);
