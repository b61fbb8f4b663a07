using System.Text.Json;
using Dff.Abstractions.Crontab;

namespace Dff.Storage.Crontab;

/// <summary>How policies and reasons are written in rows and in the API: <c>once</c>, <c>functionMissing</c>.</summary>
public static class CrontabNames
{
    public static IReadOnlyList<string> MisfirePolicies { get; } = [.. Enum.GetValues<MisfirePolicy>().Select(policy => Of(policy))];

    public static IReadOnlyList<string> OverlapPolicies { get; } = [.. Enum.GetValues<OverlapPolicy>().Select(policy => Of(policy))];

    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    public static T Parse<T>(string name)
        where T : struct, Enum => Enum.Parse<T>(name, ignoreCase: true);
}
