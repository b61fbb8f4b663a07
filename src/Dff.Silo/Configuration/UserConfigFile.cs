using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Dff.Silo.Configuration;

/// <summary>The flat YAML map of keys in the data directory.</summary>
internal static class UserConfigFile
{
    public static IEnumerable<(string Key, object? Value)> Read(string path)
    {
        if (!File.Exists(path)) return [];
        try
        {
            // Scalars keep their YAML type, so that a CUSTOM_ entry reaches scripts as what it was written as.
            var deserializer = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build();
            var entries = deserializer.Deserialize<Dictionary<string, object?>?>(File.ReadAllText(path)) ?? [];
            return entries.Select(entry => (entry.Key, Plain(entry.Value))).ToList();
        }
        catch (YamlException error)
        {
            throw new ConfigurationException($"{path}, line {error.Start.Line}: not a map of configuration keys: {error.Message}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{path}: cannot be read: {error.Message}");
        }
    }

    /// <summary>YamlDotNet's maps have object keys, which JSON has not.</summary>
    private static object? Plain(object? value) => value switch
    {
        IDictionary<object, object?> map => map.ToDictionary(entry => entry.Key.ToString() ?? "", entry => Plain(entry.Value)),
        IList<object?> list => list.Select(Plain).ToList(),
        _ => value,
    };
}
