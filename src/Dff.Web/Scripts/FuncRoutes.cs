using Dff.Storage.Scripts;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.Users;

namespace Dff.Web.Scripts;

public sealed class FuncRoutes(FuncRepository functions)
{
    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/funcs/do/list", "The published functions", ListAsync)
        {
            Tag = "Functions", Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(FuncRow), IsList = true,
            Query = new(
                Field.String("id"), Field.String("scriptSetId"), Field.String("scriptId"), Field.CommaArray("category"), Field.CommaArray("integration"), Field.CommaArray("tags"),
                Field.Boolean("_asFuncDoc")),
        },
    ];

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        return ListRequest.Answer(context, query, await functions.ListAsync(query, context.Aborted));
    }
}
