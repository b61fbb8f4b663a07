using System.Collections.Frozen;

namespace Dff.Abstractions.Errors;

/// <summary>The reasons of the API's error envelope with their numbers; the integer part of a number is the HTTP status.</summary>
public static class ErrorReason
{
    public const string User = "EUser";
    public const string UserPassword = "EUserPassword";
    public const string UserCaptcha = "EUserCaptcha";
    public const string UserAuth = "EUserAuth";
    public const string UserPrivilege = "EUserPrivilege";
    public const string UserDisabled = "EUserDisabled";
    public const string Biz = "EBiz";
    public const string BizCondition = "EBizCondition";
    public const string BizRequestConflict = "EBizRequestConflict";
    public const string Client = "EClient";
    public const string ClientNotFound = "EClientNotFound";
    public const string ClientDuplicated = "EClientDuplicated";
    public const string ClientBadRequest = "EClientBadRequest";
    public const string ClientUnsupported = "EClientUnsupported";
    public const string Sys = "ESys";
    public const string SysDatabase = "ESysDB";
    public const string SysLimitReached = "ESysLimitReached";
    public const string OuterSystem = "EOuterSystem";
    public const string ApiTimeout = "EAPITimeout";
    public const string ScriptPreCheck = "EScriptPreCheck";
    public const string FuncFailed = "EFuncFailed";
    public const string FuncTimeout = "EFuncTimeout";
    public const string FuncResultParsingFailed = "EFuncResultParsingFailed";
    public const string Assert = "EAssert";
    public const string WorkerQueueCongestion = "EWorkerQueueCongestion";

    private static readonly FrozenDictionary<string, decimal> Numbers = new Dictionary<string, decimal>
    {
        [User] = 400.10m,
        [UserPassword] = 400.12m,
        [UserCaptcha] = 400.13m,
        [UserAuth] = 401.14m,
        [UserPrivilege] = 401.15m,
        [UserDisabled] = 401.16m,
        [Biz] = 403.20m,
        [BizCondition] = 403.21m,
        ["EBizNotOwner"] = 403.22m,
        ["EBizBadData"] = 403.23m,
        ["EBizBadDataStatus"] = 403.24m,
        [BizRequestConflict] = 409.25m,
        [Client] = 400.40m,
        [ClientNotFound] = 404.41m,
        [ClientDuplicated] = 409.42m,
        [ClientBadRequest] = 400.43m,
        [ClientUnsupported] = 400.44m,
        ["EClientIP"] = 400.99m,
        [Sys] = 500.50m,
        ["ESysWebServer"] = 500.51m,
        [SysDatabase] = 500.52m,
        ["ESysCache"] = 500.53m,
        [SysLimitReached] = 503.10m,
        ["ESysAsyncTaskFailed"] = 503.20m,
        ["ESysAsyncTaskTimeout"] = 503.21m,
        [OuterSystem] = 500.60m,
        ["EOuterSystemNotFound"] = 500.61m,
        [Assert] = 500.99m,
        [ApiTimeout] = 599.10m,
        [ScriptPreCheck] = 599.20m,
        [FuncFailed] = 599.30m,
        [FuncTimeout] = 599.31m,
        [FuncResultParsingFailed] = 599.40m,
        [WorkerQueueCongestion] = 599.50m,
    }.ToFrozenDictionary();

    /// <summary>The number of a reason, whose sub-reason (<c>EBizCondition.AuthLinkDisabled</c>) does not change it.</summary>
    public static decimal NumberOf(string reason)
    {
        var dot = reason.IndexOf('.', StringComparison.Ordinal);
        return Numbers.TryGetValue(dot < 0 ? reason : reason[..dot], out var number) ? number : Numbers[Sys];
    }
}
