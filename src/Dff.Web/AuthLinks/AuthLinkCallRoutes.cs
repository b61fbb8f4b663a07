using Dff.Abstractions.AuthLinks;
using Dff.Abstractions.Clustering;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Functions;
using Dff.Web.Api;
using Dff.Web.ApiAuths;
using Dff.Web.Contracts;
using Dff.Web.Functions;

namespace Dff.Web.AuthLinks;

/// <summary>Calls through auth links, in the forms of <see cref="CallForms"/>.</summary>
public sealed class AuthLinkCallRoutes(IAuthLinkCache links, IFunctionCatalog functions, FunctionCaller caller, ApiAuthCheck auth, CallForms forms, ResultWriter results, IGrainFactory grains, TimeProvider time)
{
    public IEnumerable<ApiRoute> All => [.. Of("/api/v1/al/{id}", "Auth link calls"), .. Of("/api/v1/sync/{id}", "Sync API calls")];

    private IEnumerable<ApiRoute> Of(string path, string tag) => forms.Of(path, "Calls a function", keepsFiles: false, AdmitFilesAsync, CallAsync).Select(route => route with { Tag = tag, Raw = new RawAnswer("application/json", "\"Hello, world!\"") });

    private async Task<ApiAnswer> CallAsync(ApiContext context, GivenCall call)
    {
        call.Options.RequireSynchronous("options.execMode: auth links are called synchronously; use a batch");
        var link = await RequireAsync(context);
        call = await auth.RequireAsync(context, link.ApiAuthId, call, link.Kwargs.Names);
        if (link.IsThrottled) await AdmitAsync(link);
        var function = await functions.FindAsync(link.FuncId, context.Aborted)
            ?? throw new DffException(ErrorReason.ClientNotFound, $"The function of this auth link is not published: {link.FuncId}", new { funcId = link.FuncId });
        var kwargs = link.Kwargs.Merge(call.Kwargs, "auth link", link.FuncId);
        return results.Answer(await caller.CallAsync(context.Http, function, kwargs, call.Options, "authLink", link.Id), call.Options, unfoldsByDefault: true);
    }

    private async Task<AuthLinkFacts> RequireAsync(ApiContext context)
    {
        var link = await links.FindAsync(context.Id, context.Aborted) ?? throw DffException.NotFound("auth link", context.Id);
        if (link.IsDisabled) throw DffException.Condition("AuthLinkDisabled", "This auth link has been disabled");
        if (link.ExpireTime <= time.GetUtcNow()) throw DffException.Condition("AuthLinkExpired", "This auth link has expired", new { link.ExpireTime });
        return link;
    }

    private async Task<bool> AdmitFilesAsync(ApiContext context)
    {
        var link = await RequireAsync(context);
        await auth.RequireBeforeBodyAsync(context, link.ApiAuthId);
        return link.Kwargs.Takes("files");
    }

    private async Task AdmitAsync(AuthLinkFacts link)
    {
        var admission = await Undelivered.SendAsync(grains.GetGrain<IAuthLinkGrain>(link.Id), static grain => grain.AdmitAsync());
        if (admission.IsAdmitted) return;
        throw DffException.Condition(
            "AuthLinkThrottling",
            $"This auth link is called too often ({admission.Rule}: {admission.Limit}); try again in {admission.WaitSeconds:0.###} s",
            new { admission.Rule, admission.Limit, admission.CurrentCount, admission.WaitSeconds });
    }
}
