using System.Text;
using Dff.Abstractions.Configuration;
using Dff.Silo.Configuration;
using Dff.Silo.Hosting;
using Dff.Storage.Connections;
using Dff.Storage.Secrets;
using Dff.Web;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Dff.Silo.Commands;

/// <summary>
/// Prints the OpenAPI document of a node with default settings. The node is put together as if it were to run, since its routes are parts of it, but it is
/// never started: no file, port, database or Python is touched.
/// </summary>
internal static class OpenApiPrint
{
    private const string DocumentName = "v1";

    public static async Task<int> RunAsync()
    {
        var configuration = ConfigurationReader.Defaults;
        var (node, store) = (configuration.Get<NodeOptions>(), configuration.Get<StoreSettings>());
        await using var database = new StoreDatabase(StoreSetup.Of(node, store));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        Node.AddParts(builder.Services, configuration, database, new SecretBox(DocumentName));
        SiloSetup.Configure(builder, node, store, configuration.Get<WorkerOptions>(), database);
        await using var app = builder.Build();
        app.UseDffWeb();
        // What starting would do: only now the endpoints are known to the document.
        app.UseEndpoints(_ => { });
        var document = await app.Services.GetRequiredKeyedService<IOpenApiDocumentProvider>(DocumentName).GetOpenApiDocumentAsync();
        await using var output = Console.OpenStandardOutput();
        await output.WriteAsync(Encoding.UTF8.GetBytes(await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1) + "\n"));
        return 0;
    }
}
