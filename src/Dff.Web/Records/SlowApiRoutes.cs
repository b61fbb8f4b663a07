using Dff.Abstractions.Errors;
using Dff.Storage.Lists;
using Dff.Storage.Records;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.Users;

namespace Dff.Web.Records;

/// <summary>Which routes of the API have been slow.</summary>
public sealed class SlowApiRoutes(SlowApiRepository rows)
{
    private const string Tag = "Monitor";

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/slow-api-count/do/list", "Routes with calls that took a second or more, and how many", ListAsync)
        {
            Tag = Tag, Access = Access.Session, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(SlowApiCountRow), IsList = true, Paging = Paging.None,
            Description = "A call is counted within a second of its answer. Calls that wait because they were asked to (event streams, func-result) are not.",
        },
        new("GET", "/api/v1/slow-api-count/{id}/do/delete", "Forgets the slow calls of a route", DeleteAsync)
        {
            Tag = Tag, Access = Access.Session, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer),
        },
        new("GET", "/api/v1/slow-api-count/do/clear", "Forgets all slow calls", ClearAsync)
        {
            Tag = Tag, Access = Access.Session, Privilege = Privileges.GeneralWrite, Answer = typeof(void),
        },
    ];

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var all = await rows.ListAsync(context.Aborted);
        return ListRequest.Answer(context, ListQuery.All, new ListResult<SlowApiCountRow>(all, all.Count));
    }

    private async Task<ApiAnswer> DeleteAsync(ApiContext context) =>
        await rows.DeleteAsync(context.Id, context.Aborted) ? ApiAnswer.Of(new IdAnswer(context.Id)) : throw DffException.NotFound("slow API count", context.Id);

    private async Task<ApiAnswer> ClearAsync(ApiContext context)
    {
        await rows.ClearAsync(context.Aborted);
        return ApiAnswer.Empty;
    }
}
