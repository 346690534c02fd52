using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace TransferLearning.Tests;

/// <summary>A web server on this machine that answers as a test says.</summary>
internal sealed class FileServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<HttpListenerContext, int, Task> _answer;
    private int _count;

    /// <param name="answer">Takes the request and how many came before it.</param>
    public FileServer(Func<HttpListenerContext, int, Task> answer)
    {
        _answer = answer;
        using (TcpListener probe = new(IPAddress.Loopback, 0))
        {
            probe.Start();
            Address = new Uri($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/");
        }

        _listener.Prefixes.Add(Address.ToString());
        _listener.Start();
        _ = ServeAsync();
    }

    public Uri Address { get; }

    /// <summary>The Range header of each request, in order; empty for none.</summary>
    public ConcurrentQueue<string> Ranges { get; } = new();

    public ConcurrentQueue<string> IfRanges { get; } = new();

    /// <summary>Never ends while the server runs.</summary>
    public Task Stall() => Task.Delay(Timeout.Infinite, _stop.Token);

    /// <summary>The usual answer: the whole, or the range asked for if the mark is the same.</summary>
    public static async Task SendAsync(HttpListenerContext context, byte[] content, string? tag = "\"1\"", int? cutAfter = null)
    {
        long from = 0;
        HttpListenerResponse response = context.Response;
        string? asked = context.Request.Headers["Range"];
        string? condition = context.Request.Headers["If-Range"];
        if (tag is not null)
        {
            response.Headers["ETag"] = tag;
        }

        if (asked is not null && (condition is null || condition == tag))
        {
            from = long.Parse(asked["bytes=".Length..].TrimEnd('-'), System.Globalization.CultureInfo.InvariantCulture);
            if (from >= content.Length)
            {
                response.StatusCode = 416;
                response.Headers["Content-Range"] = $"bytes */{content.Length}";
                response.Close();
                return;
            }

            response.StatusCode = 206;
            response.Headers["Content-Range"] = $"bytes {from}-{content.Length - 1}/{content.Length}";
        }

        ReadOnlyMemory<byte> body = content.AsMemory((int)from);
        response.ContentLength64 = body.Length;
        if (cutAfter is { } cut)
        {
            await response.OutputStream.WriteAsync(body[..cut]);
            await response.OutputStream.FlushAsync();
            response.Abort();
            return;
        }

        await response.OutputStream.WriteAsync(body);
        response.Close();
    }

    public static Task StatusAsync(HttpListenerContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.Close();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Close();
        _stop.Dispose();
    }

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

            Ranges.Enqueue(context.Request.Headers["Range"] ?? "");
            IfRanges.Enqueue(context.Request.Headers["If-Range"] ?? "");
            int number = _count++;
            _ = Task.Run(async () =>
            {
                try
                {
                    await _answer(context, number);
                }
                catch (Exception error) when (
                    error is HttpListenerException or ObjectDisposedException or OperationCanceledException or IOException)
                {
                    // The client went away, or the test is over.
                }
            });
        }
    }
}
