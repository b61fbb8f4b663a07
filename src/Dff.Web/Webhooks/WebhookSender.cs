using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dff.Abstractions.Errors;
using Dff.Storage;
using Dff.Storage.AccessKeys;
using Dff.Storage.Secrets;
using Dff.Web.AccessKeys;
using Dff.Web.Api;
using Polly;
using Polly.Retry;

namespace Dff.Web.Webhooks;

/// <summary>Sends events to webhooks, each signed as a call by the access key (v2) is, so that the receiver can tell who sent it.</summary>
public sealed class WebhookSender : IDisposable
{
    private const int LongestBodyShown = 1000;
    private const int Retries = 4;
    private static readonly TimeSpan AttemptLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private readonly SecretBox _box;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline<HttpResponseMessage> _pipeline;

    // Redirects are not followed: the signature is for this target, and the URL was accepted for this host.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(1) }) { Timeout = AttemptLimit };

    public WebhookSender(SecretBox box, TimeProvider time)
    {
        (_box, _time) = (box, time);
        _pipeline = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = Retries,
                BackoffType = DelayBackoffType.Exponential,
                Delay = FirstPause,
                UseJitter = true,
                ShouldHandle = new PredicateBuilder<HttpResponseMessage>()
                    .Handle<HttpRequestException>()
                    .Handle<TaskCanceledException>(error => error.InnerException is TimeoutException)
                    .HandleResult(response => (int)response.StatusCode is >= 500 or 408 or 429),
            })
            .Build();
    }

    /// <summary>Tries until the receiver answers with something that trying again would not change, five times in all.</summary>
    /// <returns>Its last answer.</returns>
    /// <exception cref="HttpRequestException">It cannot be reached.</exception>
    public async Task<int> SendAsync(AccessKeyRow key, WebhookEvent what, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(what, ApiJson.Options);
        using var response = await _pipeline.ExecuteAsync(async token => await PostAsync(key, body, token), cancellationToken);
        return (int)response.StatusCode;
    }

    /// <summary>One try, whose outcome is answered.</summary>
    public async Task<WebhookTest> TestAsync(AccessKeyRow key, string username, CancellationToken cancellationToken)
    {
        var what = new WebhookEvent(ShortId.New("evnt"), WebhookEvents.Test, _time.GetUtcNow(), key.UserId, username, null, null, null, null, null, null);
        var began = Stopwatch.GetTimestamp();
        try
        {
            using var response = await PostAsync(key, JsonSerializer.SerializeToUtf8Bytes(what, ApiJson.Options), cancellationToken);
            var body = key.AllowWebhookEcho ? await BeginningAsync(response, cancellationToken) : null;
            return new WebhookTest((int)response.StatusCode, (long)Stopwatch.GetElapsedTime(began).TotalMilliseconds, body);
        }
        catch (Exception error) when (error is HttpRequestException || error is TaskCanceledException { InnerException: TimeoutException })
        {
            throw new DffException(ErrorReason.OuterSystem, $"The webhook could not be reached: {error.Message}", new { url = key.WebhookUrl });
        }
    }

    public void Dispose() => _http.Dispose();

    private Task<HttpResponseMessage> PostAsync(AccessKeyRow key, byte[] body, CancellationToken cancellationToken)
    {
        var url = new Uri(key.WebhookUrl!);
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        var secret = Encoding.UTF8.GetBytes(_box.Open(key.SealedSecret, AccessKeyRow.PlaceOf(key.Id)));
        var timestamp = _time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var nonce = Guid.NewGuid().ToString("N");
        var bodyMd5 = Convert.ToHexStringLower(MD5.HashData(body));
        request.Headers.Add(AccessKeySignature.VersionHeader, "v2");
        request.Headers.Add(AccessKeySignature.IdHeader, key.Id);
        request.Headers.Add(AccessKeySignature.TimestampHeader, timestamp);
        request.Headers.Add(AccessKeySignature.NonceHeader, nonce);
        request.Headers.Add(AccessKeySignature.SignHeader, AccessKeySignature.V2(secret, timestamp, nonce, "POST", url.PathAndQuery, bodyMd5));
        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    private static async Task<string> BeginningAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var bytes = new byte[LongestBodyShown];
        var read = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(bytes, 0, read);
    }
}
