using Dff.Abstractions.Packages;
using Dff.Storage.Packages;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.Users;

namespace Dff.Web.Packages;

public sealed class RecoverPointRoutes(IRecoverPoints recoverPoints, RecoverPointRepository rows)
{
    private const string Tag = "Recover points";

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/script-recover-points/do/list", "Dumps of all script sets, scripts and functions, the newest first", ListAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(RecoverPointRow), IsList = true, Paging = Paging.ByMarker,
            Query = new(Field.String("id"), Field.CommaArray("type").Saying("manual, import"), Field.String("note")),
        },
        new("POST", "/api/v1/script-recover-points/do/add", "Dumps all script sets, scripts and functions, drafts too", AddAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer), Body = new(Field.Object("data", Field.String("note", 65535, 1).Required()).Required()),
        },
        new("POST", "/api/v1/script-recover-points/{id}/do/recover", "Makes all script sets and scripts what they were", RecoverAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(RecoverAnswer), Body = new(Field.Object("data").OrNull().Saying("Nothing is needed in it")),
            Description = "What came since goes, drafts too; code that has changed becomes a new version. A recover point of the state before is made first. All of it is in force on every node when this answers, or nothing.",
        },
    ];

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var query = ListRequest.ReadByMarker(context);
        return ListRequest.Answer(context, query, await rows.ListAsync(query, context.Aborted), row => row.Seq);
    }

    private async Task<ApiAnswer> AddAsync(ApiContext context) => ApiAnswer.Of(new IdAnswer(await recoverPoints.AddAsync(context.Data.TextOf("note")!, context.Aborted)));

    private async Task<ApiAnswer> RecoverAsync(ApiContext context) =>
        ApiAnswer.Of(new RecoverAnswer(context.Id, await recoverPoints.RecoverAsync(context.Id, context.Caller, context.Aborted)));
}

/// <param name="RecoverPointId">Of the state before.</param>
public sealed record RecoverAnswer(string Id, string RecoverPointId);
