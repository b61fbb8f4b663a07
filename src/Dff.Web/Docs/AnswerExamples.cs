using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Dff.Web.Api;
using Dff.Web.Contracts;

namespace Dff.Web.Docs;

/// <summary>
/// What answers look like, made from the types that answers are made of, so that no field can be missing or called otherwise; what stands in a field is told by
/// its name in <see cref="ExampleValues"/>.
/// </summary>
internal sealed class AnswerExamples(ApiRoute route)
{
    private const int MostDepth = 8;

    /// <summary>The whole envelope.</summary>
    public static JsonObject Of(ApiRoute route)
    {
        var data = route.Answer switch
        {
            null => JsonNode.Parse(ExampleValues.AnyJson),
            var text when text == typeof(string) => ExampleValues.PlainText,
            var type => new AnswerExamples(route).Value(type, "", "", 0),
        };
        var envelope = new JsonObject { ["ok"] = true, ["error"] = 200, ["message"] = "", ["data"] = route.IsList ? new JsonArray(data) : data };
        if (route is { IsList: true, Paging: not Paging.None }) envelope["pageInfo"] = JsonNode.Parse(route.Paging == Paging.ByMarker ? ExampleValues.MarkerPage : ExampleValues.Page);
        envelope["traceId"] = ExampleValues.TraceId;
        envelope["reqCost"] = 3;
        return envelope;
    }

    /// <summary>The envelope of an error.</summary>
    public static JsonNode OfError() => JsonNode.Parse(
        $$$"""
        {"ok": false, "error": 400.43, "message": "data.id: is required", "reason": "EClientBadRequest", "detail": {"field": "data.id"},
         "reqDump": {"method": "POST", "url": "/api/v1/script-sets/do/add", "body": {"data": {} }}, "traceId": "{{{ExampleValues.TraceId}}}", "reqCost": 3}
        """)!;

    private JsonNode? Value(Type type, string name, string owner, int depth)
    {
        if (type == typeof(void)) return null;
        if (depth > MostDepth) throw new InvalidOperationException($"{owner}.{name} is nested too deep for an example");
        if (name is "id" or "ids" && RequestExamples.IdOf(route) is { } id && !ExampleValues.Has(owner, name)) return name == "id" ? id : new JsonArray(id);
        if (ExampleValues.TryFind(owner, name, out var known)) return known;
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain == typeof(bool)) return false;
        if (plain == typeof(DateTimeOffset)) return ExampleValues.Moment;
        if (plain.IsEnum) return JsonSerializer.SerializeToNode(Enum.GetValues(plain).GetValue(0), plain, ApiJson.Options);
        if (plain == typeof(int) || plain == typeof(long) || plain == typeof(double) || plain == typeof(decimal)) return 1;
        var facts = ApiJson.Options.GetTypeInfo(plain);
        return facts.Kind switch
        {
            JsonTypeInfoKind.Object when plain != typeof(object) => Object(facts, depth),
            JsonTypeInfoKind.Enumerable => new JsonArray(Value(facts.ElementType!, name, owner, depth + 1)),
            JsonTypeInfoKind.Dictionary => new JsonObject { ["name"] = Value(facts.ElementType!, name, owner, depth + 1) },
            _ => throw new InvalidOperationException($"{owner}.{name}, which {route.Method} {route.Pattern} answers, has no example: add one to {nameof(ExampleValues)}"),
        };
    }

    private JsonObject Object(JsonTypeInfo facts, int depth)
    {
        var value = new JsonObject();
        foreach (var property in facts.Properties.Where(property => property.Get is not null && !ExampleValues.IsLeftOut(facts.Type.Name, property.Name)))
            value[property.Name] = Value(property.PropertyType, property.Name, facts.Type.Name, depth + 1);
        return value;
    }
}
