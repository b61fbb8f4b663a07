using Dff.Abstractions.Configuration;
using Dff.Silo.Configuration;
using Dff.Silo.Hosting;
using Dff.Storage.Changes;
using Dff.Storage.Connections;
using Dff.Storage.Migrations;
using Dff.Storage.Users;
using Dff.Web.Users;

namespace Dff.Silo.Commands;

/// <summary>For who has lost the password but has the server.</summary>
internal static class ResetPassword
{
    public static async Task<int> RunAsync(ConfigurationReader configuration, string username)
    {
        var password = configuration.Get<NodeOptions>().AdminPassword ?? Ask();
        var least = configuration.Get<WebOptions>().PasswordMinLength;
        if (password.Length < least) throw new ConfigurationException($"the password must have at least {least} characters");
        await using var database = new StoreDatabase(StoreSetup.Of(configuration.Get<NodeOptions>(), configuration.Get<StoreSettings>()));
        await new Migrator(database).RunAsync(mayMigrate: false, CancellationToken.None);
        var users = new UserRepository(database, new ChangeLog(database, TimeProvider.System), TimeProvider.System);
        var user = await users.FindByNameAsync(username, CancellationToken.None) ?? throw new ConfigurationException($"there is no user {username}");
        var hash = Passwords.Hash(password);
        await users.ModifyAsync(user.Id, row => row with { PasswordHash = hash }, keptToken: null, CancellationToken.None);
        Console.WriteLine($"The password of {username} has been set; all sessions of {username} have ended.");
        return 0;
    }

    private static string Ask()
    {
        if (!Console.IsInputRedirected) Console.Write("New password: ");
        return Console.ReadLine() ?? "";
    }
}
