using System.Globalization;
using Dff.Abstractions.Configuration;
using Dff.Storage.Migrations;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Users;

namespace Dff.Web.Basics;

/// <summary>What this program is and takes, for clients before they sign in.</summary>
public sealed class SystemFactRoutes(WorkerOptions worker, WebOptions web, ProductVersion version)
{
    private const string Tag = "Basics";

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/image-info", "The version that runs", _ => ApiAnswer.Now(new ImageInfo(version.Number, version.Commit)))
        {
            Tag = Tag, Access = Access.Public, Answer = typeof(ImageInfo),
        },
        new("GET", "/api/v1/worker-image-info/do/get", "The version that runs functions; it is the same program", _ => ApiAnswer.Now(new ImageInfo(version.Number, version.Commit)))
        {
            Tag = Tag, Access = Access.Public, Answer = typeof(ImageInfo),
        },
        new("GET", "/api/v1/system-info", "The version and the time of the system", _ => ApiAnswer.Now(new SystemInfo(version.Number, version.Commit, web.BaseUrl, DateTimeOffset.UtcNow)))
        {
            Tag = Tag, Access = Access.Public, Answer = typeof(SystemInfo),
        },
        new("GET", "/api/v1/server-const/do/get", "Names that requests and answers use", _ => ApiAnswer.Now(new ServerConst([Roles.SuperAdmin, .. Roles.Assignable], Privileges.All)))
        {
            Tag = Tag, Access = Access.Public, Answer = typeof(ServerConst),
        },
        new("GET", "/api/v1/func-system-config", "Limits and defaults of calls", _ => ApiAnswer.Now(new FuncSystemConfig(
            worker.DefaultTimeout, worker.MinTimeout, worker.MaxTimeout, worker.DefaultApiTimeout, worker.MinApiTimeout, worker.MaxApiTimeout, worker.QueueCount,
            worker.DefaultQueue, worker.DebugQueue, worker.CrontabQueue, worker.AsyncQueue, web.MaxBodyBytes, web.MaxUploadBytes)))
        {
            Tag = Tag, Access = Access.Public, Answer = typeof(FuncSystemConfig),
        },
        new("GET", "/api/v1/upgrade-info", "The changes of the database that this program has made by itself", UpgradesAsync)
        {
            Tag = Tag, Access = Access.Public, Answer = typeof(IReadOnlyList<SchemaUpgrade>), Query = new(Field.Integer("seq").Saying("Only those after this one")),
        },
    ];

    private static Task<ApiAnswer> UpgradesAsync(ApiContext context)
    {
        var after = int.TryParse(context.Query("seq"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seq) ? seq : 0;
        return ApiAnswer.Now(Migrator.Upgrades.Where(upgrade => upgrade.Seq > after).ToList());
    }
}

/// <param name="Commit">Of the source it was built from; empty where that is not known.</param>
/// <param name="BaseURL">Where users reach it; null: where they are.</param>
public sealed record SystemInfo(string Version, string Commit, string? BaseURL, DateTimeOffset Time);

public sealed record ServerConst(IReadOnlyList<string> Roles, IReadOnlyList<string> Privileges);

/// <summary>Times in seconds, sizes in bytes.</summary>
public sealed record FuncSystemConfig(
    int DefaultTimeout, int MinTimeout, int MaxTimeout, int DefaultApiTimeout, int MinApiTimeout, int MaxApiTimeout, int QueueCount, int DefaultQueue, int DebugQueue, int CrontabQueue, int AsyncQueue,
    int MaxBodyBytes, int MaxUploadBytes);
