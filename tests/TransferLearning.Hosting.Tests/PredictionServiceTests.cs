using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using TransferLearning.Samples;
using static TorchSharp.torch;

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
    public async Task Hundreds_of_requests_with_a_swap_in_the_middle_lose_none_and_leave_no_tensor_behind()
    {
        HostedModel model = _app!.Services.GetRequiredKeyedService<HostedModel>("emoji");
        using Measurements measured = new();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(PostAsync)); // what comes with the first requests
        long before = ServedMemory.Now(0).Tensors;
        int sent = 0;
        FilePrediction[][] results = await Task.WhenAll(Enumerable.Range(0, 8).Select(async client =>
        {
            List<FilePrediction> own = [];
            for (int i = 0; i < 64; i++)
            {
                own.AddRange(await PostAsync(i));
                if (Interlocked.Increment(ref sent) == 256)
                {
                    await model.SwapAsync();
                }
            }

            return own.ToArray();
        }));

        FilePrediction[] all = [.. results.SelectMany(own => own)];
        Assert.Equal(512, all.Length);
        Assert.All(all, prediction => Assert.Null(prediction.Error));
        Assert.Equal([1, 2], all.Select(prediction => prediction.ModelVersion!.Value).Distinct().Order());
        Assert.Equal(520, measured.Sum("requests", "ok"));
        long after = Tensor.TotalCount;
        TransferModel.Load(_folder.File("emoji.tl")).Dispose();
        long ofAModel = Tensor.TotalCount - after; // what TorchSharp counts of parameters that are gone
        Assert.True(after - before <= ofAModel, $"{after - before - ofAModel} tensors were left behind.");
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
    public async Task Health_and_OpenAPI_answer()
    {
        Assert.Equal("Healthy", await _client.GetStringAsync("/health"));
        JsonElement document = await _client.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        JsonElement post = document.GetProperty("paths").GetProperty("/predict").GetProperty("post");
        Assert.True(post.GetProperty("requestBody").GetProperty("content").TryGetProperty("multipart/form-data", out _));
        foreach (string status in new[] { "200", "400", "413", "503" })
        {
            Assert.True(post.GetProperty("responses").TryGetProperty(status, out _), status);
        }

        JsonElement schemas = document.GetProperty("components").GetProperty("schemas");
        JsonElement answer = schemas.GetProperty("FilePrediction").GetProperty("properties");
        Assert.True(answer.TryGetProperty("className", out _) && answer.TryGetProperty("modelVersion", out _));
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
