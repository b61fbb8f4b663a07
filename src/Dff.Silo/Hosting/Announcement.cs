using Dff.Abstractions.Configuration;
using Dff.Web.Setup;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Dff.Silo.Hosting;

/// <summary>What a person at the terminal needs to know once the node is up.</summary>
internal static class Announcement
{
    public static void Print(IServiceProvider services, WebOptions web, bool isSetUp)
    {
        var url = services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? $"http://{web.Bind}:{web.Port}";
        Console.WriteLine($"dff {ProgramVersion.Current.Number} is ready: {url.Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal)}");
        if (isSetUp) return;
        Console.WriteLine("Open it in a browser to create the first administrator; without one: POST /api/v1/setup/do/run {\"username\", \"password\"}, or start with DFF_ADMIN_PASSWORD.");
        Console.WriteLine($"From another machine it needs this set-up token: {services.GetRequiredService<SetupToken>().Value}");
    }
}
