using System.Diagnostics;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TransferLearning.Hosting;
using TransferLearning.Hosting.Tests;
using TransferLearning.Samples;

namespace TransferLearning.Benchmarks;

/// <summary>The sample's service over HTTP on loopback: batches of concurrent requests beside one by one, and a swap in the
/// middle.</summary>
internal static class ServingJobs
{
    /// <summary>Requests, half of them before the swap, then as many again, then twice as many; arguments: emoji.zip, requests,
    /// concurrent clients.</summary>
    public static async Task<string> RunAsync(string images, int requests, int clients)
    {
        using Dataset emoji = ImageFolder.Open(images, "val");
        byte[][] files = [.. Enumerable.Range(0, emoji.Count).Select(i => ((EncodedImage)emoji.Read(i).Input).Bytes.ToArray())];
        string folder = Directory.CreateTempSubdirectory("serving-").FullName;
        try
        {
            Load oneByOne = await MeasureAsync(files, folder, requests, clients, 1, 1);
            Load batched = await MeasureAsync(files, folder, requests, clients, 32, 4);
            ServedMemory[] memory = batched.Memory;
            return ResultsFile.Of(
                [
                    Row($"{requests} requests, {clients} clients: requests/s to one by one", batched.PerSecond, oneByOne.PerSecond,
                        "atLeast"),
                    Row($"{requests} requests, {clients} clients: p99 to one by one", batched.P99Milliseconds, oneByOne.P99Milliseconds,
                        "atMost"),
                    Resident($"memory after {requests} requests and a swap to that before them", 1, 0, 1.2),
                    Resident($"memory after {2 * requests} requests to that after {requests}", 2, 1, 1.02),
                    Resident($"memory after {4 * requests} requests to that after {2 * requests}", 3, 2, 1.02),
                    Row($"tensors alive after {4 * requests} requests to those after {requests}", memory[3].Tensors, memory[1].Tensors,
                        "atMost"),
                ],
                new { oneByOne, batched });

            object Resident(string name, int after, int before, double goal)
                => Row(name, memory[after].ResidentBytes, memory[before].ResidentBytes, "atMost", goal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static object Row(string name, double ours, double peer, string direction, double goal = 1)
        => new { name, ratio = Math.Round(ours / peer, 4), goal, direction, ours, peer };

    private static async Task<Load> MeasureAsync(byte[][] files, string folder, int requests, int clients, int batch, int rounds)
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
        await SendAsync(client, files, 20 * clients, clients); // with every connection and every size of batch

        List<ServedMemory> memory = [ServedMemory.Now(0)];
        Task<ModelVersion>? swap = null;
        Sent first = await SendAsync(client, files, requests, clients, i => swap = i == requests / 2 ? model.SwapAsync() : swap);
        int version = (await swap!).Number;
        memory.Add(ServedMemory.Now(requests));
        int lost = first.Lost;
        for (int done = requests; done < rounds * requests; done *= 2)
        {
            lost += (await SendAsync(client, files, done, clients)).Lost;
            memory.Add(ServedMemory.Now(2 * done));
        }

        return new Load(
            batch, requests / first.Seconds, first.Milliseconds[requests / 2], first.Milliseconds[(int)(requests * 0.99)], lost, version,
            [.. memory]);
    }

    /// <summary>Sends requests by so many clients at once; gives how long each took, in ascending order.</summary>
    private static async Task<Sent> SendAsync(
        HttpClient client, byte[][] files, int requests, int clients, Action<int>? begins = null)
    {
        double[] milliseconds = new double[requests];
        int next = -1, lost = 0;
        Stopwatch clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(async _ =>
        {
            for (int i = Interlocked.Increment(ref next); i < requests; i = Interlocked.Increment(ref next))
            {
                begins?.Invoke(i);
                long began = Stopwatch.GetTimestamp();
                if (!await PostAsync(client, files[i % files.Length]))
                {
                    Interlocked.Increment(ref lost);
                }

                milliseconds[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            }
        }));
        double seconds = clock.Elapsed.TotalSeconds;
        Array.Sort(milliseconds);
        return new Sent(seconds, milliseconds, lost);
    }

    private static async Task<bool> PostAsync(HttpClient client, byte[] file)
    {
        using ByteArrayContent content = new(file);
        content.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        using MultipartFormDataContent form = new() { { content, "files", "image.png" } };
        using HttpResponseMessage response = await client.PostAsync("/predict", form);
        return response.IsSuccessStatusCode;
    }

    private sealed record Sent(double Seconds, double[] Milliseconds, int Lost);

    private sealed record Load(
        int MaxBatchSize, double PerSecond, double P50Milliseconds, double P99Milliseconds, int Lost, int Version, ServedMemory[] Memory);
}
