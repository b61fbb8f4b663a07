using Dff.Abstractions.Caching;
using Dff.Abstractions.Configuration;
using Dff.Abstractions.Errors;
using Dff.Abstractions.Scripts;
using Dff.Abstractions.Users;
using Dff.Storage;
using Dff.Storage.Crontab;
using Dff.Storage.EnvVariables;
using Dff.Storage.Users;
using Dff.Web.Users;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Polly;
using Polly.Retry;

namespace Dff.Web.Setup;

/// <summary>Creates the first administrator and the sample script set, once.</summary>
public sealed partial class FirstSetup(UserRepository users, EnvVariableRepository envVariables, IChangeFeed changes, IGrainFactory grains, DefaultTimeZone zone, WebOptions options, ILogger<FirstSetup> logger)
{
    private static readonly ResiliencePipeline Publishing = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<OrleansException>(),
            MaxRetryAttempts = 5,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(200),
        })
        .Build();

    /// <returns>The ID of the administrator.</returns>
    /// <exception cref="DffException">The password is too short, or somebody was first.</exception>
    public async Task<string> RunAsync(string username, string password, string passwordField, CancellationToken cancellationToken)
    {
        Passwords.RequireLength(password, options.PasswordMinLength, passwordField);
        await zone.GetAsync(cancellationToken);
        var administrator = new UserRow { Id = ShortId.New("u"), Username = username, PasswordHash = Passwords.Hash(password), Name = username, Roles = Roles.SuperAdmin };
        if (!await users.TrySetUpAsync(administrator, cancellationToken))
            throw DffException.Condition("AlreadyInitialized", "The first set-up has been done already; sign in");
        await AddSampleAsync(cancellationToken);
        return administrator.Id;
    }

    private async Task AddSampleAsync(CancellationToken cancellationToken)
    {
        try
        {
            var sequence = await envVariables.AddAsync(
                SampleScript.EnvVariableId,
                new EnvVariableChange { Title = "Sample: how people are greeted", ValueTEXT = "Hello", AutoTypeCasting = "string" },
                cancellationToken);
            await changes.AnnounceAsync(sequence, cancellationToken);
        }
        catch (DuplicateKeyException)
        {
            // A set-up that a crash cut off had come this far.
        }

        try
        {
            var set = grains.GetGrain<IScriptSetGrain>(SampleScript.SetId);
            await set.AddAsync(new ScriptSetChange { Title = "Sample", Description = "A place to start: change it, or delete it." }, Caller.System);
            await set.AddScriptAsync(SampleScript.Id, new ScriptChange { Title = "First steps", CodeDraft = SampleScript.Code }, Caller.System);
            // While several nodes start at once, one may not be taken for active yet by another, and nothing reaches it.
            await Publishing.ExecuteAsync(static async (sample, _) => await sample.PublishAsync(force: false, "Created with the system", Caller.System), grains.GetGrain<IScriptGrain>(SampleScript.Id), cancellationToken);
        }
        catch (DffException error) when (error.Reason.StartsWith(ErrorReason.BizCondition, StringComparison.Ordinal))
        {
            // The same.
        }
        catch (Exception error) when (error is OrleansException or TimeoutException or DffException { Reason: ErrorReason.Sys })
        {
            // No node runs functions yet: whoever opens the sample publishes it.
            SampleStaysDraft(error);
        }
    }

    [LoggerMessage(EventId = 210, EventName = "SampleStaysDraft", Level = LogLevel.Warning, Message = "The sample script could not be published; it is there as a draft")]
    private partial void SampleStaysDraft(Exception error);
}
