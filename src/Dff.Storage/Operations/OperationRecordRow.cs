namespace Dff.Storage.Operations;

/// <summary>One call that changed, or tried to change, something; secrets are masked before it comes here.</summary>
public sealed record OperationRecordRow
{
    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string? UserId { get; init; }

    public string? Username { get; init; }

    public string? ClientId { get; init; }

    public string? TraceId { get; init; }

    public string ReqMethod { get; init; } = "";

    /// <summary>The template, like <c>/api/v1/scripts/:id/do/publish</c>.</summary>
    public string ReqRoute { get; init; } = "";

    public RawJson? ReqQueryJSON { get; init; }

    public RawJson? ReqParamsJSON { get; init; }

    public RawJson? ReqBodyJSON { get; init; }

    public RawJson? ReqFileInfoJSON { get; init; }

    /// <summary>Milliseconds.</summary>
    public long ReqCost { get; init; }

    public int RespStatusCode { get; init; }

    public RawJson? RespBodyJSON { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}
