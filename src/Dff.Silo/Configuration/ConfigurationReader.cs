using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Dff.Abstractions.Configuration;

namespace Dff.Silo.Configuration;

/// <summary>
/// Reads the options from defaults &lt; <c>user-config.yaml</c> &lt; environment. The environment is read literally (<c>DFF_</c> + key), because .NET's own
/// provider takes <c>__</c> for a section separator and would lose keys with a leading underscore.
/// </summary>
public sealed class ConfigurationReader
{
    private const string Prefix = "DFF_";
    private const string FileSuffix = "_FILE";
    private const string CustomPrefix = "CUSTOM_";

    /// <summary>The types that hold the keys; <c>docs/configuration.md</c> lists them in this order.</summary>
    public static IReadOnlyList<Type> OptionTypes { get; } = [typeof(NodeOptions), typeof(StoreSettings), typeof(WebOptions), typeof(WorkerOptions), typeof(RecordOptions), typeof(DataSourceOptions), typeof(MqttOptions)];

    private readonly Dictionary<string, (object Target, PropertyInfo Property)> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<Type, object> _options = [];
    private readonly List<string> _secretFiles = [];

    private ConfigurationReader()
    {
        foreach (var type in OptionTypes)
        {
            var target = _options[type] = Activator.CreateInstance(type)!;
            foreach (var (attribute, property) in KeysOf(type)) _keys.Add(attribute.Key, (target, property));
        }
    }

    /// <summary>Nothing has been set.</summary>
    public static ConfigurationReader Defaults => new();

    public CustomOptions Custom { get; } = new();

    /// <summary>Files that secrets were read from (<c>DFF_…_FILE</c>): user code must not see them.</summary>
    public IReadOnlyList<string> SecretFiles => _secretFiles;

    public T Get<T>() => (T)_options[typeof(T)];

    public static IEnumerable<(ConfigKeyAttribute Attribute, PropertyInfo Property)> KeysOf(Type type) =>
        from property in type.GetProperties()
        let attribute = property.GetCustomAttribute<ConfigKeyAttribute>()
        where attribute is not null
        select (attribute, property);

    /// <exception cref="ConfigurationException">A key is unknown, of a wrong type or out of range.</exception>
    public static ConfigurationReader Read(IDictionary environment)
    {
        var reader = new ConfigurationReader();
        var variables = environment.Cast<DictionaryEntry>()
            .Select(entry => (Name: (string)entry.Key, Value: (string?)entry.Value ?? ""))
            .Where(variable => variable.Name.StartsWith(Prefix, StringComparison.Ordinal))
            .OrderBy(variable => variable.Name, StringComparer.Ordinal)
            .ToList();
        // The data directory says where the file is, so the environment is asked for it first.
        var node = reader.Get<NodeOptions>();
        var directory = variables.FirstOrDefault(variable => variable.Name == Prefix + "DATA_DIR").Value ?? node.DataDirectory;
        if (directory.Length == 0) throw new ConfigurationException("DATA_DIR: the path of a directory is expected (in the environment (DFF_DATA_DIR))");
        node.DataDirectory = Path.GetFullPath(directory);
        var file = Path.Combine(node.DataDirectory, "user-config.yaml");
        foreach (var (key, value) in UserConfigFile.Read(file)) reader.Set(key, value, file);
        foreach (var (name, value) in variables) reader.SetFromEnvironment(name, value);
        node.DataDirectory = Path.GetFullPath(node.DataDirectory);
        reader.Validate();
        return reader;
    }

    private void SetFromEnvironment(string name, string value)
    {
        var key = name[Prefix.Length..];
        if (!_keys.ContainsKey(key) && key.EndsWith(FileSuffix, StringComparison.Ordinal) && _keys.ContainsKey(key[..^FileSuffix.Length]))
        {
            try
            {
                _secretFiles.Add(Path.GetFullPath(value));
                value = File.ReadAllText(value).TrimEnd('\r', '\n');
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
            {
                throw new ConfigurationException($"{name}: cannot read '{value}': {error.Message}");
            }

            key = key[..^FileSuffix.Length];
        }

        Set(key, value, "the environment (" + name + ")");
    }

    private void Set(string key, object? value, string source)
    {
        if (key.StartsWith(CustomPrefix, StringComparison.Ordinal))
        {
            Custom.Entries[key] = JsonSerializer.Serialize(value);
            return;
        }

        if (!_keys.TryGetValue(key, out var place))
            throw new ConfigurationException($"{key}: no such configuration key (in {source}); the keys are in docs/configuration.md");
        try
        {
            // Empty is as if it were not there, as far as the key can be without a value.
            if (value is null or "" && IsNullable(place.Property)) place.Property.SetValue(place.Target, null);
            else place.Property.SetValue(place.Target, ConvertTo(place.Property.PropertyType, value));
        }
        catch (Exception error) when (error is FormatException or OverflowException or JsonException or InvalidCastException or ArgumentException)
        {
            throw new ConfigurationException($"{key}: {Expected(place.Property.PropertyType)} is expected (in {source})");
        }
    }

    private static bool IsNullable(PropertyInfo property) => new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;

    private static object? ConvertTo(Type type, object? value)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        var text = value switch
        {
            null => null,
            string given => given,
            bool given => given ? "true" : "false",
            IFormattable given => given.ToString(null, CultureInfo.InvariantCulture),
            _ => JsonSerializer.Serialize(value),
        };
        if (type == typeof(string)) return text;
        if (text is null) throw new FormatException();
        if (type == typeof(int)) return int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (type == typeof(long)) return long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (type == typeof(bool)) return bool.Parse(text);
        return JsonSerializer.Deserialize(text, type, new JsonSerializerOptions { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowReadingFromString })
            ?? throw new FormatException();
    }

    private static string Expected(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var t when t == typeof(int) || t == typeof(long) => "a whole number",
        var t when t == typeof(bool) => "true or false",
        var t when t == typeof(Dictionary<string, int>) => "a map of name to number, like {\"name\": 9},",
        var t when t == typeof(Dictionary<int, int>) => "a map of number to number, like {\"1\": 20},",
        _ => "text",
    };

    private void Validate()
    {
        foreach (var (key, (target, property)) in _keys)
        {
            var context = new ValidationContext(target) { MemberName = property.Name, DisplayName = key };
            var results = new List<ValidationResult>();
            if (!Validator.TryValidateProperty(property.GetValue(target), context, results))
                throw new ConfigurationException($"{key}: {results[0].ErrorMessage}");
        }

        ConfigurationRules.Check(Get<NodeOptions>(), Get<StoreSettings>(), Get<WebOptions>(), Get<WorkerOptions>(), Get<RecordOptions>());
    }
}

/// <summary>The configuration cannot be used; the message names the key and says what is expected.</summary>
public sealed class ConfigurationException(string message) : Exception(message);
