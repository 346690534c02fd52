using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using TransferLearning.Samples;

namespace TransferLearning.Hosting.Tests;

public sealed class PredictionServiceTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dataset _images = Beside.Emoji("val");
    private readonly HttpClient _client = new();
    private WebApplication? _app;

    public async ValueTask InitializeAsync()
    {
        _app = PredictionApp.Build(["--urls", "http://127.0.0.1:0", "--Models:emoji:Path", _folder.File("emoji.tl")]);
        await _app.StartAsync();
        _client.BaseAddress = new Uri(_app.Urls.Single());
    }

    [Fact]
    public async Task Hundreds_of_requests_with_a_swap_in_the_middle_lose_none()
    {
        HostedModel model = _app!.Services.GetRequiredKeyedService<HostedModel>("emoji");
        long answered = 0;
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Meter.Name == HostingTelemetry.Name && instrument.Name.EndsWith("requests", StringComparison.Ordinal))
            {
                own.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref answered, count));
        listener.Start();

        int sent = 0;
        FilePrediction[][] results = await Task.WhenAll(Enumerable.Range(0, 8).Select(async client =>
        {
            List<FilePrediction> own = [];
            for (int i = 0; i < 40; i++)
            {
                own.AddRange(await PostAsync(i));
                if (Interlocked.Increment(ref sent) == 160)
                {
                    await model.SwapAsync();
                }
            }

            return own.ToArray();
        }));

        FilePrediction[] all = [.. results.SelectMany(own => own)];
        Assert.Equal(320, all.Length);
        Assert.All(all, prediction => Assert.Null(prediction.Error));
        Assert.Equal([1, 2], all.Select(prediction => prediction.ModelVersion!.Value).Distinct().Order());
        Assert.Equal(320, answered);
    }

    [Fact]
    public async Task A_damaged_file_is_named_and_the_others_are_predicted()
    {
        using MultipartFormDataContent form = [];
        form.Add(new ByteArrayContent(Beside.Bytes(_images, 0)), "files", "good.png");
        form.Add(new ByteArrayContent([1, 2, 3]), "files", "bad.png");

        using HttpResponseMessage response = await _client.PostAsync("/predict", form);
        FilePrediction[] predictions = (await response.Content.ReadFromJsonAsync<FilePrediction[]>())!;

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["good.png", "bad.png"], predictions.Select(prediction => prediction.File));
        Assert.Null(predictions[0].Error);
        Assert.NotNull(predictions[1].Error);
    }

    [Fact]
    public async Task Too_many_and_too_large_files_are_refused()
    {
        using MultipartFormDataContent many = [];
        for (int i = 0; i < 17; i++)
        {
            many.Add(new ByteArrayContent([1]), "files", $"{i}.png");
        }

        using MultipartFormDataContent large = new() { { new ByteArrayContent(new byte[(5 << 20) + 1]), "files", "large.png" } };

        using HttpResponseMessage first = await _client.PostAsync("/predict", many);
        using HttpResponseMessage second = await _client.PostAsync("/predict", large);

        Assert.Equal(HttpStatusCode.BadRequest, first.StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, second.StatusCode);
        Assert.Contains("large.png", await second.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_and_OpenAPI_answer()
    {
        Assert.Equal("Healthy", await _client.GetStringAsync("/health"));
        JsonElement document = await _client.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        JsonElement post = document.GetProperty("paths").GetProperty("/predict").GetProperty("post");
        Assert.True(post.GetProperty("requestBody").GetProperty("content").TryGetProperty("multipart/form-data", out _));
        Assert.True(post.GetProperty("responses").TryGetProperty("503", out _));
    }

    public async ValueTask DisposeAsync()
    {
        await _app!.DisposeAsync();
        _client.Dispose();
        _images.Dispose();
        _folder.Dispose();
    }

    private async Task<FilePrediction[]> PostAsync(int index)
    {
        using MultipartFormDataContent form = new() { { new ByteArrayContent(Beside.Bytes(_images, index)), "files", $"{index}.png" } };
        using HttpResponseMessage response = await _client.PostAsync("/predict", form);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<FilePrediction[]>())!;
    }
}
