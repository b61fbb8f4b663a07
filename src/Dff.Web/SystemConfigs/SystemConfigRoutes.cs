using Dff.Abstractions.Caching;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Storage.SystemConfigs;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.Users;

namespace Dff.Web.SystemConfigs;

/// <summary>What administrators change while the system runs.</summary>
public sealed class SystemConfigRoutes(SystemConfigRepository configs, IChangeFeed changes, WorkerOptions worker)
{
    private const string Tag = "System configs";
    private const int LongestId = 64;
    private const int LongestValue = 1024 * 1024;

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/system-configs/do/list", "System configs", ListAsync)
        {
            Tag = Tag, Privilege = Privileges.SystemConfigRead, IsQueryStrict = true, Answer = typeof(SystemConfigRow), IsList = true, Paging = Paging.None, Query = new(Field.String("id")),
            Description = $"Of these IDs the value overrules the configuration key of the same name on all nodes at once: {string.Join(", ", RunTimeKeys.All)}. Values of other IDs are kept for whoever reads them.",
        },
        new("GET", "/api/v1/system-configs/{id}/do/get", "A system config", GetAsync) { Tag = Tag, Privilege = Privileges.SystemConfigRead, Answer = typeof(SystemConfigRow) },
        new("POST", "/api/v1/system-configs/{id}/do/set", "Adds a system config or changes its value; in force on every node when it is answered", SetAsync)
        {
            Tag = Tag, Access = Access.Session, Privilege = Privileges.SystemConfigWrite, Answer = typeof(IdAnswer),
            Body = new(Field.Object("data", Field.String("value", LongestValue).Required().Saying("A number or JSON text where the ID is that of a configuration key")).Required()),
        },
        new("GET", "/api/v1/system-configs/{id}/do/delete", "Deletes a system config; the configuration of each node counts again", DeleteAsync)
        {
            Tag = Tag, Access = Access.Session, Privilege = Privileges.SystemConfigWrite, Answer = typeof(IdAnswer),
        },
    ];

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var query = ListRequest.Read(context, isPaged: false);
        return ListRequest.Answer(context, query, await configs.ListAsync(query, context.Aborted));
    }

    private async Task<ApiAnswer> GetAsync(ApiContext context) => ApiAnswer.Of(await configs.FindAsync(context.Id, context.Aborted) ?? throw Unknown(context.Id));

    private async Task<ApiAnswer> SetAsync(ApiContext context)
    {
        var (id, value) = (context.Id, context.Data.TextOf("value")!);
        if (id.Length > LongestId || !id.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-' or '.' or ':'))
            throw Field.Refused("id", $"at most {LongestId} letters, digits and _ - . : are accepted");
        try
        {
            RunTimeKeys.Require(id, value, worker.QueueCount);
        }
        catch (FormatException error)
        {
            throw Field.Refused("data.value", error.Message);
        }

        await changes.AnnounceAsync(await configs.SetAsync(id, value, context.Aborted), context.Aborted);
        return ApiAnswer.Of(new IdAnswer(id));
    }

    private async Task<ApiAnswer> DeleteAsync(ApiContext context)
    {
        await changes.AnnounceAsync(await configs.DeleteAsync(context.Id, context.Aborted) ?? throw Unknown(context.Id), context.Aborted);
        return ApiAnswer.Of(new IdAnswer(context.Id));
    }

    private static DffException Unknown(string id) => DffException.NotFound("system config", id);
}
