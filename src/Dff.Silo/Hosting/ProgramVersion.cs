using System.Reflection;
using Dff.Web.Basics;

namespace Dff.Silo.Hosting;

internal static class ProgramVersion
{
    public static ProductVersion Current { get; } = Read();

    private static ProductVersion Read()
    {
        var text = typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
        var parts = text.Split('+', 2);
        return new ProductVersion(parts[0], parts.Length > 1 ? parts[1] : "");
    }
}
