using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Dff.Testing;

public sealed record HookCall(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>An HTTP server that keeps what it is sent and answers as it is told.</summary>
public sealed class HookReceiver : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<HookCall> _calls = new();
    private readonly ConcurrentQueue<int> _statuses = new();
    private readonly int _port = FreePorts.Take(1)[0];

    public HookReceiver()
    {
        _listener.Prefixes.Add($"http://127.0.0.1:{_port}/");
        _listener.Start();
        _ = ServeAsync();
    }

    public string Url => $"http://127.0.0.1:{_port}/hook?from=dff";

    public IReadOnlyList<HookCall> Calls => [.. _calls];

    /// <summary>What the next calls are answered, one after the other; 200 afterwards. 0 answers nothing at all.</summary>
    public void AnswerWith(params int[] statuses)
    {
        foreach (var status in statuses) _statuses.Enqueue(status);
    }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
            var body = await reader.ReadToEndAsync();
            _calls.Enqueue(new HookCall(
                context.Request.HttpMethod, context.Request.RawUrl!, context.Request.Headers.AllKeys.ToDictionary(name => name!, name => context.Request.Headers[name]!, StringComparer.OrdinalIgnoreCase), body));
            var status = _statuses.TryDequeue(out var next) ? next : 200;
            if (status == 0) continue;
            context.Response.StatusCode = status;
            if (status is >= 300 and < 400) context.Response.RedirectLocation = $"http://127.0.0.1:{_port}/elsewhere";
            await context.Response.OutputStream.WriteAsync("received"u8.ToArray());
            context.Response.Close();
        }
    }
}
