using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Web.Setup;

namespace Dff.Silo.Hosting;

/// <summary>The unattended first set-up.</summary>
internal static class FirstStart
{
    /// <returns>Whether set-up has been done.</returns>
    public static async Task<bool> RunAsync(IServiceProvider services, NodeOptions node)
    {
        if (await services.GetRequiredService<SetupState>().IsDoneAsync(CancellationToken.None)) return true;
        if (string.IsNullOrEmpty(node.AdminPassword)) return false;
        try
        {
            await services.GetRequiredService<FirstSetup>().RunAsync(node.AdminUsername, node.AdminPassword, "ADMIN_PASSWORD", CancellationToken.None);
        }
        catch (DffException error) when (error.Reason.EndsWith(".AlreadyInitialized", StringComparison.Ordinal))
        {
            // Another node was first.
        }
        catch (DffException error) when (error.Reason == ErrorReason.ClientBadRequest)
        {
            throw new Commands.StartRefusedException(error.Message);
        }

        return true;
    }
}
