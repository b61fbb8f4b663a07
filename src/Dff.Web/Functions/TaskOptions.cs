using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Tasks;
using Dff.Web.Api;
using Dff.Web.Contracts;

namespace Dff.Web.Functions;

/// <summary>What a caller says about a call that is queued.</summary>
public sealed partial record TaskOptions
{
    private const int LongestDelay = 10 * 366 * 86400;
    private const int LongestKey = 255;

    public bool SaveResult { get; init; }

    public string? Eta { get; init; }

    public int? DelaySeconds { get; init; }

    public bool NeverExpire { get; init; }

    public int Priority { get; init; }

    public int Retries { get; init; }

    public int? RetryDelaySeconds { get; init; }

    public int? MaxAttempts { get; init; }

    public string? IdempotencyKey { get; init; }

    public static Field[] Describe() =>
    [
        Field.Boolean("saveResult").Saying("Asynchronous: true keeps the result as long as the task, false for _WORKER_RESULT_EXPIRES"),
        Field.String("eta", 64).OrNull().Saying("Asynchronous: not before this moment (ISO 8601; UTC where it names no zone), at most ten years ahead"),
        Field.Integer("delay", 1, LongestDelay).OrNull().Saying("Asynchronous: not before so many seconds have passed"),
        Field.Boolean("neverExpire").Saying("Asynchronous: true waits for ever; false for the timeout × _FUNC_TASK_TIMEOUT_TO_EXPIRE_SCALE"),
        Field.Integer("priority", 0, NewTask.HighestPriority).Saying("Asynchronous: the higher one begins first, among equals the older one"),
        Field.Integer("retries", 0, 100).Saying("Asynchronous: how often it is tried again after a failure or a timeout"),
        Field.Integer("retryDelay", 1, 86400).Saying("Asynchronous: seconds before the first retry, doubled for each further one, up to an hour"),
        Field.Integer("maxAttempts", 1, 100).Saying("Asynchronous: how often it may begin when its worker or node is lost, 2 unless the function says otherwise"),
        Field.String("idempotencyKey", LongestKey, 1).OrNull().Saying("Asynchronous: within 24 h the same key answers the same task; so does the header Idempotency-Key"),
    ];

    /// <param name="options">Checked against <see cref="Describe"/>.</param>
    public static TaskOptions Read(JsonElement options) => new()
    {
        SaveResult = options.FlagOf("saveResult") ?? false,
        Eta = options.TextOf("eta"),
        DelaySeconds = options.NumberOf("delay"),
        NeverExpire = options.FlagOf("neverExpire") ?? false,
        Priority = options.NumberOf("priority") ?? 0,
        Retries = options.NumberOf("retries") ?? 0,
        RetryDelaySeconds = options.NumberOf("retryDelay"),
        MaxAttempts = options.NumberOf("maxAttempts"),
        IdempotencyKey = options.TextOf("idempotencyKey"),
    };

    /// <summary>The moment before which the task does not begin; null: at once.</summary>
    public DateTimeOffset? BeginTime(DateTimeOffset now, string path = "options")
    {
        if (Eta is null) return DelaySeconds is { } delay ? now.AddSeconds(delay) : null;
        if (DelaySeconds is not null) throw Field.Refused($"{path}.delay", "not together with options.eta");
        if (!DateTimeOffset.TryParse(Eta, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var eta)) throw Field.Refused($"{path}.eta", "a moment like 2030-01-31T12:00:00Z is expected");
        return eta <= now.AddSeconds(LongestDelay) ? eta.ToUniversalTime() : throw Field.Refused($"{path}.eta", "at most ten years ahead are accepted");
    }

    /// <summary>The key of the option or of the header.</summary>
    public string? KeyWith(string? header)
    {
        if (header is null) return IdempotencyKey;
        if (header.Length is 0 or > LongestKey) throw DffException.BadRequest("Idempotency-Key", $"Idempotency-Key: 1 to {LongestKey} characters are expected");
        if (IdempotencyKey is not null && IdempotencyKey != header) throw Field.Refused("options.idempotencyKey", "the header Idempotency-Key says another one");
        return header;
    }

    public static string RequireTaskId(string id) => id.StartsWith("cron-", StringComparison.Ordinal)
        ? throw Field.Refused("options.taskId", "IDs that begin with cron- belong to crontab configs")
        : TaskId().IsMatch(id)
        ? id
        : throw Field.Refused("options.taskId", "letters, digits and _ . : - are accepted, at most 64, the first one a letter or digit");

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex TaskId();
}
