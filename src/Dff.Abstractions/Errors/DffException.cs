using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dff.Abstractions.Errors;

/// <summary>An error that the caller can do something about; everything else bubbles up as it is and is answered as ESys.</summary>
[GenerateSerializer, Alias("dff.exception")]
public sealed class DffException : Exception
{
    private static readonly JsonSerializerOptions DetailOptions = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new UtcTimeConverter() },
        // A caller's own value may be in it.
        MaxDepth = 1000,
    };

    /// <param name="reason">One of <see cref="ErrorReason"/>, with a sub-reason after a dot where the contract has one.</param>
    /// <param name="message">One sentence that says what to do.</param>
    /// <param name="detail">What a program needs to react; serialised as JSON.</param>
    public DffException(string reason, string message, object? detail = null)
        : base(message)
    {
        Reason = reason;
        DetailJson = detail is null ? null : JsonSerializer.Serialize(detail, DetailOptions);
    }

    [Id(0)]
    public string Reason { get; }

    [Id(1)]
    public string? DetailJson { get; }

    /// <summary>Overrides the HTTP status (and with it the integer part of the number), e.g. 413 for a body that is too large.</summary>
    [Id(2)]
    public int? Status { get; init; }

    /// <summary>JSON of <c>data</c> in the envelope where an error answers some too, as a draft run does.</summary>
    [Id(3)]
    public string? DataJson { get; init; }

    public static DffException BadRequest(string field, string message) =>
        new(ErrorReason.ClientBadRequest, message, new { field });

    public static DffException NotFound(string what, string id) =>
        new(ErrorReason.ClientNotFound, $"No such {what}: {id}", new { id });

    public static DffException Condition(string subReason, string message, object? detail = null) =>
        new($"{ErrorReason.BizCondition}.{subReason}", message, detail);
}
