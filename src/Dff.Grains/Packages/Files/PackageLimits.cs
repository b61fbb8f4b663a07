using Dff.Abstractions.Errors;
using Dff.Abstractions.Packages;

namespace Dff.Grains.Packages.Files;

/// <summary>How large a package may be, before and after it is inflated; checked before anything is believed that it says of itself.</summary>
public static class PackageLimits
{
    public const int FileBytes = PackageFileLimit.Bytes;
    public const int InflatedBytes = 64 * 1024 * 1024;
    public const int Entries = 20_000;

    public static DffException TooLarge(string what) =>
        new(ErrorReason.ClientBadRequest, $"files: {what}; export fewer script sets at a time", new { field = "files" }) { Status = 413 };

    public static DffException Unreadable() => DffException.Condition(
        "InvalidPassword", "The password is wrong, or the file is damaged or no package; nothing was changed", new { field = "password" });
}
