using System.Diagnostics;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TransferLearning.Hosting;
using TransferLearning.Samples;

namespace TransferLearning.Benchmarks;

/// <summary>The sample's service over HTTP on loopback: batches of concurrent requests beside one by one, and a swap in the
/// middle.</summary>
internal static class ServingJobs
{
    /// <summary>Requests, half of them before the swap; arguments: emoji.zip, requests, concurrent clients.</summary>
    public static async Task<string> RunAsync(string images, int requests, int clients)
    {
        using Dataset emoji = ImageFolder.Open(images, "val");
        byte[][] files = [.. Enumerable.Range(0, emoji.Count).Select(i => ((EncodedImage)emoji.Read(i).Input).Bytes.ToArray())];
        string folder = Directory.CreateTempSubdirectory("serving-").FullName;
        try
        {
            Load oneByOne = await MeasureAsync(files, folder, requests, clients, 1);
            Load batched = await MeasureAsync(files, folder, requests, clients, 32);
            return ResultsFile.Of(
                [
                    Row($"{requests} requests, {clients} clients: requests/s to one by one", batched.PerSecond, oneByOne.PerSecond,
                        "atLeast"),
                    Row($"{requests} requests, {clients} clients: p99 to one by one", batched.P99Milliseconds, oneByOne.P99Milliseconds,
                        "atMost"),
                    Row(
                        $"memory after {requests} requests and a swap to that before them", batched.BytesAfter, batched.BytesBefore,
                            "atMost",
                        goal: 1.2),
                ],
                new { oneByOne, batched });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static object Row(string name, double ours, double peer, string direction, double goal = 1)
        => new { name, ratio = Math.Round(ours / peer, 4), goal, direction, ours, peer };

    private static async Task<Load> MeasureAsync(byte[][] files, string folder, int requests, int clients, int batch)
    {
        await using WebApplication app = PredictionApp.Build(
        [
            "--urls", "http://127.0.0.1:0", "--Models:emoji:Path", Path.Combine(folder, "emoji.tl"), "--Models:emoji:MaxBatchSize",
                $"{batch}",
            "--Logging:LogLevel:Default", $"{LogLevel.Warning}",
        ]);
        await app.StartAsync();
        HostedModel model = app.Services.GetRequiredKeyedService<HostedModel>("emoji");
        using HttpClient client = new() { BaseAddress = new Uri(app.Urls.Single()) };
        for (int i = 0; i < 200; i++)
        {
            await PostAsync(client, files[i % files.Length]);
        }

        long before = Environment.WorkingSet;
        double[] milliseconds = new double[requests];
        int next = -1, lost = 0;
        Task<ModelVersion>? swap = null;
        Stopwatch clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(async _ =>
        {
            for (int i = Interlocked.Increment(ref next); i < requests; i = Interlocked.Increment(ref next))
            {
                if (i == requests / 2)
                {
                    swap = model.SwapAsync();
                }

                long began = Stopwatch.GetTimestamp();
                if (!await PostAsync(client, files[i % files.Length]))
                {
                    Interlocked.Increment(ref lost);
                }

                milliseconds[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            }
        }));
        double seconds = clock.Elapsed.TotalSeconds;
        int version = (await swap!).Number;
        Array.Sort(milliseconds);
        return new Load(
            batch, requests / seconds, milliseconds[requests / 2], milliseconds[(int)(requests * 0.99)], lost, version, before,
            Environment.WorkingSet);
    }

    private static async Task<bool> PostAsync(HttpClient client, byte[] file)
    {
        using ByteArrayContent content = new(file);
        content.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        using MultipartFormDataContent form = new() { { content, "files", "image.png" } };
        using HttpResponseMessage response = await client.PostAsync("/predict", form);
        return response.IsSuccessStatusCode;
    }

    private sealed record Load(
        int MaxBatchSize, double PerSecond, double P50Milliseconds, double P99Milliseconds, int Lost, int Version, long BytesBefore,
        long BytesAfter);
}
