using Dff.Python;
using Dff.Silo.Configuration;
using Dff.Silo.Hosting;
using Dff.Storage;

namespace Dff.Silo.Commands;

/// <summary>What the program can be told to do. Errors that a person can mend are one line on stderr and exit code 2.</summary>
internal static class CommandLine
{
    private const int Unusable = 2;

    private const string Usage = """
        usage: dff [--no-migrate]         start this node
               dff reset-password [USER]  set a new password (from DFF_ADMIN_PASSWORD, else from stdin) and end all sessions of USER (admin)
               dff --version              tell the version
               dff --configuration-keys   print docs/configuration.md
               dff --openapi              print the OpenAPI document of the HTTP API, as it is with default settings
               dff --help                 tell this
        Configuration: docs/configuration.md
        """;

    public static async Task<int> RunAsync(string[] args)
    {
        switch (args)
        {
            case ["--version"]:
                Console.WriteLine($"dff {ProgramVersion.Current.Number} {ProgramVersion.Current.Commit}".TrimEnd());
                return 0;
            case ["--configuration-keys"]:
                Console.Write(ConfigurationDocument.Render());
                return 0;
            case ["--openapi"]:
                return await OpenApiPrint.RunAsync();
            case ["--help"] or ["-h"]:
                Console.WriteLine(Usage);
                return 0;
        }

        try
        {
            var configuration = ConfigurationReader.Read(Environment.GetEnvironmentVariables());
            switch (args)
            {
                case [] or ["--no-migrate"]:
                    return await Node.RunAsync(configuration, mayMigrate: args.Length == 0);
                case ["reset-password", .. var rest] when rest.Length <= 1:
                    return await ResetPassword.RunAsync(configuration, rest.FirstOrDefault() ?? configuration.Get<Abstractions.Configuration.NodeOptions>().AdminUsername);
                default:
                    Console.Error.WriteLine(Usage);
                    return Unusable;
            }
        }
        catch (Exception error) when (error is ConfigurationException or StoreException or PythonEngineException or StartRefusedException)
        {
            Console.Error.WriteLine($"dff: {error.Message}");
            return Unusable;
        }
    }
}

/// <summary>This node may not start; the message says why and what to do.</summary>
internal sealed class StartRefusedException(string message) : Exception(message);
