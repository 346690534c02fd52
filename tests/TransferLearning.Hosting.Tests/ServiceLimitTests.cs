using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TransferLearning.Samples;

namespace TransferLearning.Hosting.Tests;

/// <summary>The sample's service over HTTP on loopback where it refuses, is given up or is not well.</summary>
public sealed class ServiceLimitTests(TrainedFile file) : IClassFixture<TrainedFile>, IAsyncDisposable
{
    private readonly Dataset _images = Beside.Emoji("val");
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = new();
    private readonly Gate _gate = new();
    private WebApplication? _app;

    private HostedModel Model => _app!.Services.GetRequiredKeyedService<HostedModel>("emoji");

    [Fact]
    public async Task A_full_queue_answers_503_with_Retry_After_and_the_health_is_degraded_until_it_is_empty()
    {
        await StartAsync("--Models:emoji:MaxBatchSize", "1", "--Models:emoji:QueueCapacity", "2");
        using Measurements measured = new();
        _gate.Close();
        List<Task<HttpResponseMessage>> taken = [PostAsync(0)];
        await _gate.StoppedAsync(); // the first is in the network, and these two wait
        taken.AddRange([PostAsync(1), PostAsync(2)]);
        await UntilAsync(() => Model.QueueLength == 2);

        using HttpResponseMessage refused = await PostAsync(3);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 3600);
        JsonElement problem = await ProblemAsync(refused);
        Assert.Contains("2 requests wait", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("Degraded", await _client.GetStringAsync("/health"));
        Assert.Equal(1, measured.Sum("requests", "rejected"));

        _gate.Open();
        foreach (HttpResponseMessage response in await Task.WhenAll(taken))
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            response.Dispose();
        }

        Assert.Equal("Healthy", await _client.GetStringAsync("/health"));
        Assert.Equal(3, measured.Sum("requests", "ok"));
    }

    [Fact]
    public async Task A_request_whose_client_hung_up_is_not_computed_and_the_others_are_answered()
    {
        await StartAsync("--Models:emoji:MaxBatchSize", "1");
        using Measurements measured = new();
        using CancellationTokenSource given = new();
        _gate.Close();
        Task<HttpResponseMessage> first = PostAsync(0);
        await _gate.StoppedAsync();
        Task<HttpResponseMessage> second = PostAsync(1, given.Token);
        await UntilAsync(() => Model.QueueLength == 1);
        Task<HttpResponseMessage> third = PostAsync(2);
        await UntilAsync(() => Model.QueueLength == 2);

        await given.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await UntilAsync(() => measured.Sum("requests", "cancelled") == 1); // while the network is still busy with the first
        _gate.Open();
        using HttpResponseMessage one = await first, other = await third;
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], [one.StatusCode, other.StatusCode]);
        Assert.Equal(2, measured.Of("batch_size").Length); // the network never saw it
        Assert.Equal(0, measured.Sum("queue_length"));
    }

    [Fact]
    public async Task Too_many_and_too_large_files_and_bodies_are_refused_with_problem_details()
    {
        await StartAsync();
        using MultipartFormDataContent many = [];
        for (int i = 0; i < 17; i++)
        {
            many.Add(new ByteArrayContent([1]), "files", $"{i}.png");
        }

        using MultipartFormDataContent large = new() { { new ByteArrayContent(new byte[(5 << 20) + 1]), "files", "large.png" } };
        using HttpRequestMessage body = new(HttpMethod.Post, "/predict")
        {
            Content = new MultipartFormDataContent { { new ByteArrayContent(new byte[82 << 20]), "files", "body.png" } },
        };
        body.Headers.ExpectContinue = true; // the refusal comes before the bytes are sent
        using StringContent text = new("no form");
        using MultipartFormDataContent none = new() { { new StringContent("1"), "other" } };

        await RefusedAsync(_client.PostAsync("/predict", many), HttpStatusCode.BadRequest, "17 files");
        await RefusedAsync(_client.PostAsync("/predict", large), HttpStatusCode.RequestEntityTooLarge, "large.png");
        await RefusedAsync(_client.SendAsync(body), HttpStatusCode.RequestEntityTooLarge, null);
        await RefusedAsync(_client.PostAsync("/predict", text), HttpStatusCode.UnsupportedMediaType, null);
        await RefusedAsync(_client.PostAsync("/predict", none), HttpStatusCode.BadRequest, "0 files");
        using HttpResponseMessage good = await PostAsync(0);
        Assert.Equal(HttpStatusCode.OK, good.StatusCode);

        static async Task RefusedAsync(Task<HttpResponseMessage> sent, HttpStatusCode status, string? detail)
        {
            using HttpResponseMessage response = await sent;
            Assert.Equal(status, response.StatusCode);
            JsonElement problem = await ProblemAsync(response);
            Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
            if (detail is not null)
            {
                Assert.Contains(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Health_is_unhealthy_while_the_model_loads_and_degraded_after_a_failed_swap()
    {
        _gate.Close();
        Task starting = StartAsync(services => services.Configure<HostOptions>(host => host.ServicesStartConcurrently = true), []);
        await _gate.StoppedAsync(); // in the warm-up
        await UntilAsync(() => !_app!.Urls.Single().EndsWith(":0", StringComparison.Ordinal));
        _client.BaseAddress = new Uri(_app!.Urls.Single());
        using (HttpResponseMessage loading = await _client.GetAsync("/health"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, loading.StatusCode);
            Assert.Equal("Unhealthy", await loading.Content.ReadAsStringAsync());
        }

        _gate.Open();
        await starting;
        Assert.Equal("Healthy", await _client.GetStringAsync("/health"));
        File.WriteAllText(_folder.File("damaged.tl"), "no model");
        await Assert.ThrowsAsync<CheckpointException>(() => Model.SwapAsync(_folder.File("damaged.tl")));
        Assert.Equal("Degraded", await _client.GetStringAsync("/health"));
        using (HttpResponseMessage answer = await PostAsync(0))
        {
            Assert.Equal(1, (await answer.Content.ReadFromJsonAsync<FilePrediction[]>())![0].ModelVersion);
        }

        await Model.SwapAsync();
        Assert.Equal("Healthy", await _client.GetStringAsync("/health"));
    }

    public async ValueTask DisposeAsync()
    {
        _gate.Open();
        await _app!.DisposeAsync();
        _gate.Dispose();
        _client.Dispose();
        _images.Dispose();
        _folder.Dispose();
    }

    private static async Task<JsonElement> ProblemAsync(HttpResponseMessage response)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        while (!isSo())
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    private async Task StartAsync(params string[] args)
    {
        await StartAsync(_ => { }, args);
        _client.BaseAddress = new Uri(_app!.Urls.Single());
    }

    private Task StartAsync(Action<IServiceCollection> configure, string[] args)
    {
        _app = PredictionApp.Build(["--urls", "http://127.0.0.1:0", "--Models:emoji:Path", file.Path, .. args], services =>
        {
            services.Configure<HostedModelOptions>("emoji", options => options.Load = _gate.Load);
            configure(services);
        });
        return _app.StartAsync();
    }

    private async Task<HttpResponseMessage> PostAsync(int index, CancellationToken cancellationToken = default)
    {
        using MultipartFormDataContent form = new() { { new ByteArrayContent(Beside.Bytes(_images, index)), "files", $"{index}.png" } };
        return await _client.PostAsync("/predict", form, cancellationToken);
    }
}
