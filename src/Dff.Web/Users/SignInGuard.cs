using System.Collections.Concurrent;
using Dff.Abstractions.Errors;

namespace Dff.Web.Users;

/// <summary>Counts failed sign-ins by user and by address on this silo: after three a captcha is asked for, after twenty nobody may try for a while.</summary>
public sealed class SignInGuard(TimeProvider time)
{
    private const int CaptchaAfter = 3;
    private const int RefuseAfter = 20;
    private const int MostTracked = 50_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, Failures> _failures = new(StringComparer.OrdinalIgnoreCase);

    public bool NeedsCaptcha(string username, string address) => Keys(username, address).Any(key => Count(key) >= CaptchaAfter);

    /// <exception cref="DffException">ESysLimitReached.</exception>
    public void RequireAllowed(string username, string address)
    {
        foreach (var key in Keys(username, address))
        {
            if (Count(key) < RefuseAfter) continue;
            var wait = (int)Math.Ceiling((_failures[key].Began + Window - time.GetUtcNow()).TotalSeconds);
            throw new DffException(ErrorReason.SysLimitReached, $"Too many failed sign-ins; try again in {wait} s", new { waitSeconds = wait });
        }
    }

    public void Failed(string username, string address)
    {
        if (_failures.Count > MostTracked) Forget();
        var now = time.GetUtcNow();
        foreach (var key in Keys(username, address))
            _failures.AddOrUpdate(key, _ => new Failures(now, 1), (_, before) => now - before.Began >= Window ? new Failures(now, 1) : before with { Count = before.Count + 1 });
    }

    public void Succeeded(string username, string address)
    {
        foreach (var key in Keys(username, address)) _failures.TryRemove(key, out _);
    }

    private static IEnumerable<string> Keys(string username, string address) => [$"user:{username}", $"address:{address}"];

    private int Count(string key) => _failures.TryGetValue(key, out var failures) && time.GetUtcNow() - failures.Began < Window ? failures.Count : 0;

    private void Forget()
    {
        var now = time.GetUtcNow();
        foreach (var (key, failures) in _failures)
        {
            if (now - failures.Began >= Window) _failures.TryRemove(key, out _);
        }
    }

    private sealed record Failures(DateTimeOffset Began, int Count);
}
