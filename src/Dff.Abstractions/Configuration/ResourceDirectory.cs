namespace Dff.Abstractions.Configuration;

/// <summary>The directory of files that scripts and callers share on this node; scripts can read all of it.</summary>
public sealed record ResourceDirectory(string Path);
