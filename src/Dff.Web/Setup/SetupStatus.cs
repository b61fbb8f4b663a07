namespace Dff.Web.Setup;

public sealed record SetupStatus(bool Initialized, PartStatus Store, PartStatus Cluster);

/// <param name="Error">What is wrong with it; null where nothing is.</param>
public sealed record PartStatus(string Kind, bool Ok, string? Error);
