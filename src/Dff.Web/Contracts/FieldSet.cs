using System.Collections.Frozen;
using System.Text.Json;

namespace Dff.Web.Contracts;

/// <summary>The fields of an object. Strict: a field that is not described is refused by its name.</summary>
public sealed class FieldSet
{
    private readonly FrozenDictionary<string, Field> _byName;

    public FieldSet(params IReadOnlyList<Field> fields)
    {
        All = fields;
        _byName = fields.ToFrozenDictionary(field => field.Name, StringComparer.Ordinal);
    }

    public static FieldSet None { get; } = new();

    public IReadOnlyList<Field> All { get; }

    public Field? Find(string name) => _byName.GetValueOrDefault(name);

    public void Check(JsonElement value, string path)
    {
        var prefix = path.Length == 0 ? "" : path + ".";
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in value.EnumerateObject())
        {
            string name;
            try
            {
                name = property.Name;
            }
            catch (InvalidOperationException)
            {
                throw Field.Refused(path.Length == 0 ? "body" : path, "a name in it is not valid Unicode");
            }

            var place = prefix + (name.Length <= 128 ? name : name[..128] + "…");
            if (!_byName.TryGetValue(name, out var field)) throw Field.Refused(place, $"no such field; known are {string.Join(", ", _byName.Keys.Order(StringComparer.Ordinal))}");
            if (!seen.Add(name)) throw Field.Refused(place, "given twice");
            field.Check(property.Value, place);
        }

        foreach (var field in All)
        {
            if (field.IsRequired && !seen.Contains(field.Name)) throw Field.Refused(prefix + field.Name, "is required");
        }
    }
}
