namespace Dff.Abstractions.Configuration;

/// <summary>Names the configuration key of an options property, as it stands in <c>user-config.yaml</c> and, after <c>DFF_</c>, in the environment.</summary>
/// <param name="meaning">One line for <c>docs/configuration.md</c>, which is generated from these attributes.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ConfigKeyAttribute(string key, string meaning) : Attribute
{
    public string Key { get; } = key;

    public string Meaning { get; } = meaning;

    /// <summary>Shown instead of the type's own default, where that is worked out at start.</summary>
    public string? DefaultText { get; init; }

    /// <summary>Accepted and checked; what it governs comes with a later version.</summary>
    public bool IsLater { get; init; }

    /// <summary>Never logged, and may be given as a file by <c>DFF_&lt;KEY&gt;_FILE</c>.</summary>
    public bool IsSecret { get; init; }
}
