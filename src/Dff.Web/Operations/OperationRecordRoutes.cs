using Dff.Storage.Operations;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.Users;

namespace Dff.Web.Operations;

/// <summary>Who changed what.</summary>
public sealed class OperationRecordRoutes(OperationRecordRepository records)
{
    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/operation-records/do/list", "Calls that changed something, or tried to, the newest first", ListAsync)
        {
            Tag = "Operation records", Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(OperationRecordRow), IsList = true,
            Description = "A record is there within a second of the answer. Secrets are masked, long texts cut, and what functions answer is left out. "
                + "The filters of JSON fields find text anywhere in them. Status 499: the caller hung up before the answer.",
            Query = new(
                Field.String("id"), Field.String("userId"), Field.String("username"), Field.String("clientId"), Field.String("traceId"), Field.String("reqMethod"),
                Field.String("reqRoute").Saying("Like /api/v1/scripts/:id/do/publish"),
                Field.String("reqQueryJSON"), Field.String("reqParamsJSON"), Field.String("reqBodyJSON"), Field.Integer("respStatusCode"), Field.String("respBodyJSON"),
                Field.Time("createTimeFrom").Saying("Not before"), Field.Time("createTimeTo").Saying("Before")),
        },
    ];

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        return ListRequest.Answer(context, query, await records.ListAsync(query, context.Aborted));
    }
}
