using Dff.Abstractions.Errors;

namespace Dff.Grains.Crontab;

public static class CrontabTimeZone
{
    /// <summary>Finds a zone by its IANA name, e.g. <c>Asia/Shanghai</c> or <c>UTC</c>; throws EClientBadRequest with a hint where there is none.</summary>
    public static TimeZoneInfo Find(string name)
    {
        // Once TimeZoneInfo has listed all zones it finds them in any case, before that only as written.
        if (IsName(name) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.Id == name) return zone;
        var hint = Similar(name) is { } similar ? $"did you mean {similar}?" : "give an IANA name such as Asia/Shanghai, Europe/Berlin or UTC";
        throw new DffException(ErrorReason.ClientBadRequest, $"No such time zone: '{name}'; {hint}", new { field = "timezone", timezone = name, hint });
    }

    /// <summary>The name becomes a path below the zone directory.</summary>
    private static bool IsName(string name) =>
        name.Length is > 0 and <= 64 && char.IsAsciiLetter(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-' or '+');

    /// <summary>A zone with this name in another case or other separators, or of which this is the city.</summary>
    private static string? Similar(string name)
    {
        var wanted = Letters(name);
        if (wanted.Length is 0 or > 64) return null;
        var names = TimeZoneInfo.GetSystemTimeZones().Select(zone => zone.Id).ToList();
        return names.Find(id => Letters(id) == wanted) ?? names.Find(id => Letters(id[(id.LastIndexOf('/') + 1)..]) == wanted);
    }

    private static string Letters(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
