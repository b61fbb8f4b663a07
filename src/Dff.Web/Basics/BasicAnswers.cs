namespace Dff.Web.Basics;

/// <param name="Echo">Null where nothing was sent.</param>
public sealed record EchoAnswer(object? Echo);

public sealed record ClientConfig(string Version, string? BaseURL, bool CaptchaEnabled, int PasswordMinLength, bool Initialized);

/// <param name="Commit">Of the source it was built from; empty where that is not known.</param>
public sealed record ImageInfo(string Version, string Commit);
