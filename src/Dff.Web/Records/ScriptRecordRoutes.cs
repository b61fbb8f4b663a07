using Dff.Storage.Records;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.Users;

namespace Dff.Web.Records;

/// <summary>What published functions printed, and how they failed.</summary>
public sealed class ScriptRecordRoutes(ScriptRecordRepository records)
{
    private const string Tag = "Records";

    private static readonly FieldSet Filters = new(
        Field.String("id"), Field.String("funcId"), Field.String("taskId").Saying("The ID of the call or of the queued task"), Field.Enum("execMode", "sync", "async", "crontab"));

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/script-logs/do/list", "What published functions printed, a record for each call that did", ListLogsAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(ScriptLogRow), IsList = true, Query = Filters,
            Description = "A record is there within a second of the answer. Long texts are cut; a search looks through the first 4000 characters.",
        },
        new("GET", "/api/v1/script-failures/do/list", "How published functions failed, a record for each call that did", ListFailuresAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(ScriptFailureRow), IsList = true, Query = Filters,
            Description = "Of a queued task each attempt that failed is a record. Calls that never began (the queue was full) are none.",
        },
    ];

    private async Task<ApiAnswer> ListLogsAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        return ListRequest.Answer(context, query, await records.ListLogsAsync(query, context.Aborted));
    }

    private async Task<ApiAnswer> ListFailuresAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        return ListRequest.Answer(context, query, await records.ListFailuresAsync(query, context.Aborted));
    }
}
