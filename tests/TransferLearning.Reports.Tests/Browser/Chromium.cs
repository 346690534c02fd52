using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TransferLearning.Reports.Tests;

/// <summary>A headless Chromium with one page, driven by the DevTools protocol; tests without one are skipped.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _profile;
    private readonly ClientWebSocket _socket = new();
    private int _last;

    private Chromium(Process process, string profile) => (_process, _profile) = (process, profile);

    /// <summary>Starts the browser that <c>TRANSFERLEARNING_CHROMIUM</c> names or the path has; without one the test is skipped.</summary>
    public static async Task<Chromium> StartAsync()
    {
        string? program = Environment.GetEnvironmentVariable("TRANSFERLEARNING_CHROMIUM")
            ?? OnPath("chromium", "chromium-browser", "google-chrome");
        Assert.SkipUnless(program is not null, "There is no Chromium on this machine.");
        string profile = Directory.CreateTempSubdirectory("chromium").FullName;
        ProcessStartInfo start = new(program!)
        {
            ArgumentList =
            {
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
                "--remote-debugging-port=0", $"--user-data-dir={profile}", "about:blank",
            },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        Process process = Process.Start(start)!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        Chromium browser = new(process, profile);
        try
        {
            await browser.ConnectAsync();
        }
        catch (Exception exception) when (exception is IOException or TimeoutException or HttpRequestException or WebSocketException)
        {
            await browser.DisposeAsync();
            Assert.Skip($"Chromium does not run here: {exception.Message}");
        }

        return browser;
    }

    /// <summary>Opens a page as a screen of some size and theme shows it.</summary>
    public async Task OpenAsync(string path, int width, bool isDark)
    {
        await SendAsync("Emulation.setDeviceMetricsOverride", new JsonObject
        {
            ["width"] = width,
            ["height"] = 900,
            ["deviceScaleFactor"] = 1,
            ["mobile"] = false,
        });
        await SendAsync("Emulation.setEmulatedMedia", new JsonObject
        {
            ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = isDark ? "dark" : "light" }),
        });
        await SendAsync("Page.navigate", new JsonObject { ["url"] = new Uri(path).AbsoluteUri });
        await EvaluateAsync("new Promise(done => document.readyState === 'complete' ? done(1) : addEventListener('load', () => done(1)))");
    }

    /// <summary>Runs a script in the page, as a person at the console would, and gives what it returns.</summary>
    public async Task<JsonElement> EvaluateAsync(string script)
    {
        JsonElement answer = await SendAsync("Runtime.evaluate", new JsonObject
        {
            ["expression"] = script,
            ["awaitPromise"] = true,
            ["returnByValue"] = true,
        });
        Assert.False(answer.TryGetProperty("exceptionDetails", out JsonElement error), error.ToString());
        return answer.GetProperty("result").TryGetProperty("value", out JsonElement value) ? value : default;
    }

    /// <summary>Presses the tabulator key.</summary>
    public async Task PressTabAsync()
    {
        foreach (string kind in new[] { "keyDown", "keyUp" })
        {
            await SendAsync("Input.dispatchKeyEvent", new JsonObject
            {
                ["type"] = kind,
                ["key"] = "Tab",
                ["code"] = "Tab",
                ["windowsVirtualKeyCode"] = 9,
            });
        }
    }

    /// <summary>What the whole page looks like, as a PNG file.</summary>
    public async Task<byte[]> ScreenshotAsync()
    {
        JsonElement answer = await SendAsync("Page.captureScreenshot", new JsonObject { ["captureBeyondViewport"] = true });
        return answer.GetProperty("data").GetBytesFromBase64();
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        try
        {
            Directory.Delete(_profile, recursive: true);
        }
        catch (IOException)
        {
            // The last of its processes may still write; it is a temporary folder.
        }
    }

    private static string? OnPath(params string[] names) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .SelectMany(folder => names.Select(name => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    private async Task ConnectAsync()
    {
        string port = Path.Combine(_profile, "DevToolsActivePort");
        using CancellationTokenSource patience = new(Patience);
        string[] lines = [];
        while (lines.Length < 2)
        {
            if (_process.HasExited || patience.IsCancellationRequested)
            {
                throw new TimeoutException(_process.HasExited ? $"it ended with {_process.ExitCode}" : "it opened no port");
            }

            await Task.Delay(50);
            lines = File.Exists(port) ? await File.ReadAllLinesAsync(port) : [];
        }

        using HttpClient http = new();
        string list = await http.GetStringAsync(new Uri($"http://127.0.0.1:{lines[0]}/json/list"), patience.Token);
        JsonNode page = JsonNode.Parse(list)!.AsArray().First(target => (string?)target!["type"] == "page")!;
        await _socket.ConnectAsync(new Uri((string)page["webSocketDebuggerUrl"]!), patience.Token);
        await SendAsync("Page.enable", []);
    }

    private async Task<JsonElement> SendAsync(string method, JsonObject parameters)
    {
        using CancellationTokenSource patience = new(Patience);
        int id = ++_last;
        string message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters }.ToJsonString();
        await _socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, true, patience.Token);
        while (true)
        {
            using MemoryStream received = new();
            byte[] buffer = new byte[1 << 16];
            WebSocketReceiveResult part;
            do
            {
                part = await _socket.ReceiveAsync(buffer, patience.Token);
                received.Write(buffer, 0, part.Count);
            }
            while (!part.EndOfMessage);
            using JsonDocument answer = JsonDocument.Parse(received.ToArray());
            if (answer.RootElement.TryGetProperty("id", out JsonElement own) && own.GetInt32() == id)
            {
                Assert.False(answer.RootElement.TryGetProperty("error", out JsonElement error), $"{method}: {error}");
                return answer.RootElement.GetProperty("result").Clone();
            }
        }
    }
}
