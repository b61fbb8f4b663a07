using System.Security.Cryptography;
using System.Text;
using Dff.Abstractions.Errors;
using Dff.Web.Api;
using Dff.Web.Contracts;
using Dff.Web.Health;
using Dff.Web.Users;

namespace Dff.Web.Setup;

/// <summary>The first set-up over HTTP.</summary>
public sealed class SetupRoutes(
    SetupState state, FirstSetup setup, SetupToken token, ClientAddress addresses, Surroundings surroundings, StoreProbe store, ClusterProbe cluster, AuthRoutes auth)
{
    private const string Tag = "Set-up";

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/setup/do/status", "Whether set-up has been done, and what store and cluster the system found", StatusAsync)
        {
            Tag = Tag, Access = Access.Public, IsOpenBeforeSetup = true, Answer = typeof(SetupStatus),
        },
        new("POST", "/api/v1/setup/do/run", "Creates the first administrator, once, and signs in", RunAsync)
        {
            Tag = Tag, Access = Access.Public, IsOpenBeforeSetup = true, Answer = typeof(SignInAnswer),
            Body = new(
                Field.String("username", 30, 1).Required(),
                Field.String("password", 100).Required(),
                Field.String("setupToken", 128).OrNull().Saying("From the log; needed when set-up is done from another machine")),
        },
    ];

    private async Task<ApiAnswer> StatusAsync(ApiContext context)
    {
        var (storeProblem, clusterProblem) = (await store.FindProblemAsync(context.Aborted), await cluster.FindProblemAsync(context.Aborted));
        return ApiAnswer.Of(new SetupStatus(
            storeProblem is null ? await state.IsDoneAsync(context.Aborted) : state.IsKnownDone,
            new PartStatus(surroundings.StoreKind, storeProblem is null, storeProblem),
            new PartStatus(surroundings.ClusterKind, clusterProblem is null, clusterProblem)));
    }

    private async Task<ApiAnswer> RunAsync(ApiContext context)
    {
        if (await state.IsDoneAsync(context.Aborted))
            throw DffException.Condition("AlreadyInitialized", "The first set-up has been done already; sign in");
        if (!addresses.IsLoopback(context.Http) && !IsToken(context.Body.TextOf("setupToken")))
            throw DffException.BadRequest("setupToken", "setupToken: set-up from another machine needs the token that the server printed to its log");
        var userId = await setup.RunAsync(context.Body.TextOf("username")!, context.Body.TextOf("password")!, "password", context.Aborted);
        return await auth.BeginAsync(context.Http, userId, context.Aborted);
    }

    private bool IsToken(string? given) =>
        given is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(token.Value));
}
