using Dff.Abstractions.Configuration;
using Dff.Web.AccessKeys;
using Dff.Web.Api;
using Dff.Web.ApiAuths;
using Dff.Web.AuthLinks;
using Dff.Web.Basics;
using Dff.Web.Batches;
using Dff.Web.Contracts;
using Dff.Web.Crontab;
using Dff.Web.DataSources;
using Dff.Web.Docs;
using Dff.Web.EnvVariables;
using Dff.Web.FuncStores;
using Dff.Web.Functions;
using Dff.Web.Health;
using Dff.Web.ManyJobs;
using Dff.Web.Monitoring;
using Dff.Web.Operations;
using Dff.Web.Overview;
using Dff.Web.Packages;
using Dff.Web.Pages;
using Dff.Web.Records;
using Dff.Web.Scripts;
using Dff.Web.Setup;
using Dff.Web.SystemConfigs;
using Dff.Web.Tasks;
using Dff.Web.Users;
using Dff.Web.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Scalar.AspNetCore;

namespace Dff.Web;

/// <summary>The HTTP side as a whole: what it registers, and what it maps.</summary>
public static class WebServices
{
    public static IServiceCollection AddDffWeb(this IServiceCollection services)
    {
        services.AddSingleton<StoreProbe>().AddSingleton<ClusterProbe>();
        services.AddSingleton<SetupState>().AddSingleton<FirstSetup>().AddSingleton<SetupRoutes>();
        services.AddSingleton<Sessions>().AddSingleton<Authenticator>().AddSingleton<SignInGuard>().AddSingleton<Captcha>().AddSingleton<ClientAddress>().AddSingleton<AuthRoutes>();
        services.AddSingleton<CaptchaCheck>().AddSingleton<PasswordRoutes>().AddSingleton<SessionRoutes>().AddSingleton<UserRoutes>();
        services.AddSingleton<KnownAccessKeys>().AddSingleton<AccessKeyCheck>().AddSingleton<AccessKeyRoutes>();
        services.AddSingleton<WebhookSubscriptions>().AddSingleton<WebhookSender>().AddSingleton<WebhookQueue>().AddHostedService(provider => provider.GetRequiredService<WebhookQueue>());
        services.AddSingleton<OperationWriter>().AddHostedService(provider => provider.GetRequiredService<OperationWriter>());
        services.AddSingleton<OperationRecorder>().AddSingleton<OperationRecordRoutes>();
        services.AddSingleton<BasicRoutes>().AddSingleton<SelfTestRoutes>().AddSingleton<ScriptSetRoutes>().AddSingleton<DraftParser>().AddSingleton<ScriptRoutes>().AddSingleton<VersionRoutes>().AddSingleton<FuncRoutes>();
        services.AddSingleton<EnvVariableRoutes>().AddSingleton<AuthLinkRoutes>().AddSingleton<AuthLinkCallRoutes>();
        services.AddSingleton<DataSourceProbe>().AddSingleton<DataSourceRoutes>();
        services.AddSingleton<SystemFactRoutes>().AddSingleton<FuncDocRoutes>();
        services.AddSingleton<KnownApiAuths>().AddSingleton<DigestCheck>().AddSingleton<ApiAuthCheck>().AddSingleton<ApiAuthRoutes>();
        services.AddSingleton<ManyChanges>().AddSingleton<Uploads>().AddHostedService<UploadCleaner>().AddSingleton<CallForms>().AddSingleton<BatchRoutes>().AddSingleton<BatchCallRoutes>();
        services.AddSingleton<ResultWriter>().AddSingleton<ResultCache>().AddSingleton<HttpRequestContext>().AddSingleton<FunctionCaller>().AddSingleton<RunFeeds>().AddSingleton<DraftRun>().AddSingleton<CallRoutes>().AddSingleton<TaskEventRoutes>();
        services.AddSingleton<PackageRoutes>().AddSingleton<RecoverPointRoutes>();
        services.AddSingleton<SystemConfigRoutes>();
        services.AddSingleton<CrontabConfigRoutes>().AddSingleton<CrontabRunRoutes>();
        services.AddSingleton<TaskCaller>().AddSingleton<TaskResults>().AddSingleton<TaskRoutes>().AddSingleton<DebugTaskRoutes>();
        services.AddSingleton<SlowApiCounter>().AddHostedService(provider => provider.GetRequiredService<SlowApiCounter>()).AddSingleton<SlowApiRoutes>();
        services.AddSingleton<ScriptRecordRoutes>().AddSingleton<TaskResultRoutes>().AddSingleton<MonitorRoutes>().AddSingleton<OverviewRoutes>().AddSingleton<FunctionSignInRoutes>().AddSingleton<FuncStoreRoutes>().AddSingleton<TaskRecordRoutes>();
        services.AddSingleton<RouteTable>().AddSingleton(new ClientFiles(Path.Combine(AppContext.BaseDirectory, "wwwroot")));
        services.AddOpenApi(options =>
        {
            // The API is described by its own table; of the other endpoints only those for orchestrators belong there.
            options.ShouldInclude = endpoint => endpoint.RelativePath?.StartsWith("health/", StringComparison.Ordinal) == true;
            options.AddDocumentTransformer((document, context, _) => OpenApiDocumentation.FillAsync(
                document, context.ApplicationServices.GetRequiredService<RouteTable>().All, context.ApplicationServices.GetRequiredService<ProductVersion>().Number));
        });
        return services;
    }

    public static void UseDffWeb(this WebApplication app)
    {
        app.UseMiddleware<RequestPipeline>();
        app.UseRouting();
        app.MapHealth();
        if (!app.Services.GetRequiredService<NodeOptions>().HasRole("web")) return;
        app.MapApiRoutes(app.Services.GetRequiredService<RouteTable>().All);
        app.MapOpenApi("/openapi/{documentName}.json");
        app.MapScalarApiReference("/docs", ApiReferencePage.Configure);
        app.UseMiddleware<ClientPages>();
    }
}

/// <summary>All routes of the API.</summary>
public sealed class RouteTable(
    BasicRoutes basics,
    SelfTestRoutes selfTests,
    SetupRoutes setup,
    AuthRoutes auth,
    ScriptSetRoutes scriptSets,
    ScriptRoutes scripts,
    VersionRoutes versions,
    FuncRoutes functions,
    PackageRoutes packages,
    RecoverPointRoutes recoverPoints,
    EnvVariableRoutes envVariables,
    DataSourceRoutes dataSources,
    AuthLinkRoutes authLinks,
    AuthLinkCallRoutes authLinkCalls,
    ApiAuthRoutes apiAuths,
    SystemFactRoutes systemFacts,
    FuncDocRoutes funcDocs,
    CallRoutes calls,
    TaskEventRoutes taskEvents,
    TaskRoutes tasks,
    DebugTaskRoutes debugTasks,
    BatchRoutes batches,
    BatchCallRoutes batchCalls,
    CrontabConfigRoutes crontabConfigs,
    CrontabRunRoutes crontabRuns,
    SystemConfigRoutes systemConfigs,
    PasswordRoutes passwords,
    SessionRoutes sessions,
    UserRoutes users,
    AccessKeyRoutes accessKeys,
    OperationRecordRoutes operationRecords,
    ScriptRecordRoutes scriptRecords,
    TaskResultRoutes taskResults,
    SlowApiRoutes slowApis,
    MonitorRoutes monitor,
    OverviewRoutes overview,
    FunctionSignInRoutes functionSignIn,
    FuncStoreRoutes funcStores,
    TaskRecordRoutes taskRecords)
{
    public IReadOnlyList<ApiRoute> All { get; } =
    [
        .. basics.All, .. selfTests.All, .. setup.All, .. auth.All, .. scriptSets.All, .. scripts.All, .. versions.All, .. functions.All, .. envVariables.All, .. dataSources.All, .. authLinks.All, .. authLinkCalls.All, .. apiAuths.All, .. systemFacts.All, .. funcDocs.All, .. calls.All, .. taskEvents.All, .. tasks.All, .. debugTasks.All,
        .. batches.All, .. batchCalls.All,
        .. crontabConfigs.All, .. crontabRuns.All,
        .. packages.All, .. recoverPoints.All,
        .. systemConfigs.All,
        .. passwords.All, .. sessions.All, .. users.All, .. accessKeys.All, .. operationRecords.All,
        .. scriptRecords.All, .. taskResults.All, .. slowApis.All, .. monitor.All, .. overview.All, .. functionSignIn.All, .. funcStores.All, .. taskRecords.All,
    ];
}
