using System.Globalization;
using Dff.Abstractions.Errors;
using Dff.Storage.FuncStore;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Lists;
using Dff.Web.Users;

namespace Dff.Web.FuncStores;

/// <summary>What scripts have stored by <c>DFF.STORE</c>.</summary>
public sealed class FuncStoreRoutes(FuncStoreRepository store)
{
    private const string Tag = "Function store";

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/func-stores/do/list", "Values that scripts have stored (DFF.STORE); expired ones are gone", ListAsync)
        {
            Tag = Tag, Privilege = Privileges.GeneralRead, IsQueryStrict = true, Answer = typeof(FuncStoreRow), IsList = true,
            Query = new(Field.CommaArray("id"), Field.String("scope"), Field.String("key")),
        },
        new("GET", "/api/v1/func-stores/{id}/do/get", "A stored value", GetAsync) { Tag = Tag, Privilege = Privileges.GeneralRead, Answer = typeof(FuncStoreRow) },
        new("GET", "/api/v1/func-stores/{id}/do/delete", "Deletes a stored value", DeleteAsync) { Tag = Tag, Privilege = Privileges.GeneralWrite, Answer = typeof(IdAnswer) },
    ];

    private async Task<ApiAnswer> ListAsync(ApiContext context)
    {
        var query = ListRequest.Read(context);
        return ListRequest.Answer(context, query, await store.ListAsync(query, context.Aborted));
    }

    private async Task<ApiAnswer> GetAsync(ApiContext context) => ApiAnswer.Of(await store.FindAsync(SeqOf(context.Id), context.Aborted) ?? throw Unknown(context.Id));

    private async Task<ApiAnswer> DeleteAsync(ApiContext context) =>
        await store.DeleteAsync(SeqOf(context.Id), context.Aborted) ? ApiAnswer.Of(new IdAnswer(context.Id)) : throw Unknown(context.Id);

    private static long SeqOf(string id) =>
        id.StartsWith(FuncStoreRow.IdPrefix, StringComparison.Ordinal) && long.TryParse(id[FuncStoreRow.IdPrefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var seq) ? seq : throw Unknown(id);

    private static DffException Unknown(string id) => DffException.NotFound("stored value", id);
}
