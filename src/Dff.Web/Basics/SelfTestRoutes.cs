using System.Globalization;
using Dff.Abstractions.Errors;
using Dff.Web.Api;
using Dff.Web.Contracts;

namespace Dff.Web.Basics;

/// <summary>Routes with which clients and monitors try how they take errors and slow answers.</summary>
public sealed class SelfTestRoutes(TimeProvider time)
{
    private const string Tag = "Basics";
    private const int LongestCost = 60_000;

    public IEnumerable<ApiRoute> All =>
    [
        new("GET", "/api/v1/do/test-throw-error", "Always fails, for trying how a client takes it", _ => throw Deliberate())
        {
            Tag = Tag, Access = Access.Public, Answer = typeof(void),
        },
        new("GET", "/api/v1/do/test-throw-error-in-async", "Always fails, after it has waited", FailLaterAsync)
        {
            Tag = Tag, Access = Access.Public, Answer = typeof(void),
        },
        new("GET", "/api/v1/do/test-slow-api", "Answers after a while", WaitAsync)
        {
            Tag = Tag, Access = Access.Public, Answer = typeof(SlowAnswer), Query = new(Field.Integer("simulateReqCost", 1, LongestCost).Saying("Milliseconds; none by default")),
        },
    ];

    private static DffException Deliberate() => new(ErrorReason.Assert, "This error was asked for; nothing is wrong");

    private static async Task<ApiAnswer> FailLaterAsync(ApiContext context)
    {
        await Task.Yield();
        throw Deliberate();
    }

    private async Task<ApiAnswer> WaitAsync(ApiContext context)
    {
        var cost = int.TryParse(context.Query("simulateReqCost"), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 0;
        if (cost > 0) await Task.Delay(TimeSpan.FromMilliseconds(cost), time, context.Aborted);
        return ApiAnswer.Of(new SlowAnswer(cost));
    }
}

/// <param name="SimulatedReqCost">Milliseconds that it waited.</param>
public sealed record SlowAnswer(int SimulatedReqCost);
