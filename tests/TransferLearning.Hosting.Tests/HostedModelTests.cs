using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace TransferLearning.Hosting.Tests;

public sealed class HostedModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dataset _train = Beside.Emoji("train");
    private readonly Dataset _images = Beside.Emoji("val");

    [Fact]
    public async Task Concurrent_callers_get_what_each_would_get_alone()
    {
        using ImageModel model = Save("a.tl");
        await using HostedModel hosted = new("emoji", new HostedModelOptions { Path = _folder.File("a.tl"), MaxBatchSize = 8 });

        HostedPrediction[] all = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => hosted.PredictAsync(Image(i))));

        for (int i = 0; i < all.Length; i++)
        {
            Prediction alone = model.Predict(Image(i));
            Assert.Equal(alone.ClassName, all[i].Prediction.ClassName);
            Assert.Equal(alone.Probability, all[i].Prediction.Probability, 1e-4);
            Assert.Equal(1, all[i].Version.Number);
        }
    }

    [Fact]
    public async Task A_bad_input_fails_its_own_caller_alone()
    {
        using ImageModel model = Save("a.tl");
        await using HostedModel hosted = new(
            "emoji", new HostedModelOptions { Path = _folder.File("a.tl"), MaxDelay = TimeSpan.FromMilliseconds(200), MaxBatchSize = 4 });
        await hosted.StartAsync();

        Task<HostedPrediction> damaged = hosted.PredictAsync(new EncodedImage(new byte[] { 1, 2, 3 }));
        Task<HostedPrediction> text = hosted.PredictAsync(new TextContent("no image"));
        Task<HostedPrediction>[] good = [hosted.PredictAsync(Image(0)), hosted.PredictAsync(Image(1))];

        Assert.Equal(2, (await Task.WhenAll(good)).Length);
        await Assert.ThrowsAsync<MediaException>(() => damaged);
        await Assert.ThrowsAnyAsync<Exception>(() => text);
    }

    [Fact]
    public async Task A_full_queue_refuses_and_says_when_to_try_again()
    {
        Save("a.tl").Dispose();
        int sent = 0;
        await using HostedModel hosted = new("emoji", new HostedModelOptions
        {
            Path = _folder.File("a.tl"),
            MaxBatchSize = 2,
            QueueCapacity = 2,
            MaxDelay = TimeSpan.FromMinutes(1), // a batch waits for a second request, and one alone stays in the hand of the batch
        });
        await hosted.StartAsync();

        // The first opens a batch that waits; then the batch is computed while the rest pile up.
        List<Task<HostedPrediction>> all = [];
        ModelOverloadedException? refused = null;
        while (refused is null && sent++ < 10_000)
        {
            Task<HostedPrediction> next = hosted.PredictAsync(Image(sent % 20));
            if (next.IsFaulted)
            {
                refused = await Assert.ThrowsAsync<ModelOverloadedException>(() => next);
            }
            else
            {
                all.Add(next);
            }
        }

        Assert.NotNull(refused);
        Assert.True(refused.RetryAfter >= TimeSpan.FromSeconds(1));
        await hosted.DisposeAsync();
        await Task.WhenAll(all); // those that were taken are answered, also at the end
        await Assert.ThrowsAsync<ObjectDisposedException>(() => hosted.PredictAsync(Image(0)));
    }

    [Fact]
    public async Task A_cancelled_call_ends_at_once_and_leaves_the_others_alone()
    {
        Save("a.tl").Dispose();
        await using HostedModel hosted = new(
            "emoji", new HostedModelOptions { Path = _folder.File("a.tl"), MaxDelay = TimeSpan.FromMinutes(1), MaxBatchSize = 2 });
        await hosted.StartAsync();
        using CancellationTokenSource cancellation = new();

        Task<HostedPrediction> given = hosted.PredictAsync(Image(0), cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);

        Task<HostedPrediction>[] others = [.. Enumerable.Range(1, 3).Select(i => hosted.PredictAsync(Image(i)))];
        await hosted.DisposeAsync();
        Assert.Equal(3, (await Task.WhenAll(others)).Length);
    }

    [Fact]
    public async Task A_swap_under_load_loses_no_request_and_frees_the_old_version()
    {
        Save("a.tl").Dispose();
        using Dataset three = _train.WithClasses([.. _train.ClassNames, "nothing"]);
        using (ImageModel other = Beside.Trained(three, 10))
        {
            other.Save(_folder.File("b.tl"));
        }

        List<TransferModel> loaded = [];
        await using HostedModel hosted = new("emoji", new HostedModelOptions
        {
            Path = _folder.File("a.tl"),
            Load = path =>
            {
                loaded.Add(TransferModel.Load(path));
                return loaded[^1];
            },
        });
        await hosted.StartAsync();

        Task<HostedPrediction>[] before = [.. Enumerable.Range(0, 100).Select(i => hosted.PredictAsync(Image(i % 20)))];
        Task<ModelVersion> swap = hosted.SwapAsync(_folder.File("b.tl"));
        List<HostedPrediction> all = [.. await Task.WhenAll(before)];
        ModelVersion version = await swap;
        all.Add(await hosted.PredictAsync(Image(0)));

        Assert.Equal(2, version.Number);
        Assert.Equal(2, all[^1].Version.Number);
        Assert.Equal(6, version.ClassNames.Count);
        Assert.All(all, answer => Assert.Equal(answer.Version.ClassNames.Count, answer.Prediction.Scores.Count));
        Assert.Throws<ObjectDisposedException>(() => ((ImageModel)loaded[0]).Predict(Image(0)));
        await hosted.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => ((ImageModel)loaded[1]).Predict(Image(0)));
    }

    [Fact]
    public async Task Swaps_give_the_memory_of_the_versions_before_back()
    {
        const int Swaps = 20;
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only glibc says what is allocated");
        long bytes;
        using (ImageModel model = Save("a.tl"))
        {
            bytes = model.Module.parameters().Sum(parameter => parameter.numel() * sizeof(float));
        }

        await using HostedModel hosted = new("emoji", new HostedModelOptions { Path = _folder.File("a.tl") });
        await hosted.SwapAsync();
        long before = ServedMemory.Now(0).NativeBytes;
        for (int i = 0; i < Swaps; i++)
        {
            await hosted.SwapAsync();
        }

        Assert.InRange(ServedMemory.Now(0).NativeBytes - before, long.MinValue, Swaps * bytes / 4);
    }

    [Fact]
    public async Task A_failed_swap_keeps_the_old_version_and_degrades_the_health()
    {
        Save("a.tl").Dispose();
        using (ImageModel regression = ImageModel.Create("resnet20", 5).For(new MultiLabelClassification(_train.ClassNames)))
        {
            regression.Save(_folder.File("other.tl"));
        }

        File.WriteAllText(_folder.File("damaged.tl"), "no model");
        await using ServiceProvider provider = Services(_folder.File("a.tl")).BuildServiceProvider();
        HostedModel hosted = provider.GetRequiredKeyedService<HostedModel>("emoji");
        HealthCheckService health = provider.GetRequiredService<HealthCheckService>();
        Assert.Equal(HealthStatus.Unhealthy, (await health.CheckHealthAsync()).Status);
        await hosted.StartAsync();
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync()).Status);

        await Assert.ThrowsAsync<CheckpointException>(() => hosted.SwapAsync(_folder.File("damaged.tl")));
        InvalidDataException unfit = await Assert.ThrowsAsync<InvalidDataException>(() => hosted.SwapAsync(_folder.File("other.tl")));

        Assert.Contains("other.tl", unfit.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await hosted.PredictAsync(Image(0))).Version.Number);
        Assert.Equal(HealthStatus.Degraded, (await health.CheckHealthAsync()).Status);
        await hosted.SwapAsync();
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync()).Status);
    }

    [Fact]
    public async Task A_new_file_is_found_by_itself()
    {
        Save("a.tl").Dispose();
        await using HostedModel hosted = new(
            "emoji", new HostedModelOptions { Path = _folder.File("a.tl"), WatchInterval = TimeSpan.FromMilliseconds(10) });
        Assert.Equal(1, (await hosted.PredictAsync(Image(0))).Version.Number);

        using ImageModel next = Beside.Trained(_train, 100);
        next.Save(_folder.File("a.tl"));
        HostedPrediction answer;
        do
        {
            answer = await hosted.PredictAsync(Image(0), TestContext.Current.CancellationToken);
        }
        while (answer.Version.Number == 1);

        Assert.Equal(next.Predict(Image(0)).Probability, answer.Prediction.Probability, 1e-4);
    }

    [Fact]
    public async Task Texts_are_served_too()
    {
        using (TextModel model = Pretrained.Bert(Beside.Bert).ReplaceHead(["animal", "metal"]))
        {
            model.Save(_folder.File("texts"));
        }

        await using HostedModel hosted = new("texts", new HostedModelOptions { Path = _folder.File("texts") });

        HostedPrediction[] all = await Task.WhenAll(
            hosted.PredictAsync(new TextContent("a small dog")), hosted.PredictAsync(new TextContent("a heavy metal of a gray colour")));

        Assert.All(all, answer => Assert.Contains(answer.Prediction.ClassName, new[] { "animal", "metal" }));
    }

    [Fact]
    public async Task Sounds_are_served_too_by_networks_for_sounds_and_for_images_of_them()
    {
        string[] classes = ["low", "middle", "high"];
        ModelConfig tiny = ModelConfig.FromPairs(
            new("model_type", "wav2vec2"), new("conv_dim", new[] { 8, 8 }), new("conv_kernel", new[] { 10, 3 }),
            new("conv_stride", new[] { 5, 2 }), new("hidden_size", 16), new("num_hidden_layers", 1), new("num_attention_heads", 2),
            new("intermediate_size", 32), new("num_conv_pos_embeddings", 4), new("num_conv_pos_embedding_groups", 2));
        using SpeechModel waves = SpeechModel.Create(tiny, new Classification(classes));
        using ImageModel spectra = ImageModel.Create("resnet20", 3).OnSpectrograms(new LogMelImage { Seconds = 0.3 });
        waves.Save(_folder.File("waves"));
        spectra.Save(_folder.File("spectra.tl"));
        RawAudio sound = new(new Waveform(Enumerable.Range(0, 4000).Select(i => (float)Math.Sin(i)).ToArray(), 16_000));

        foreach ((TransferModel model, string path) in new (TransferModel, string)[] { (waves, "waves"), (spectra, "spectra.tl") })
        {
            await using HostedModel hosted = new("sounds", new HostedModelOptions { Path = _folder.File(path) });

            HostedPrediction[] all = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => hosted.PredictAsync(sound)));

            using Dataset inputs = Dataset.FromInputs([sound]);
            Prediction alone = model.Predict(inputs)[0]!;
            Assert.All(all, answer => Assert.Equal(alone.Probability, answer.Prediction.Probability, 1e-4));
            Assert.All(all, answer => Assert.Equal(alone.ClassName, answer.Prediction.ClassName));
            await Assert.ThrowsAsync<MediaException>(() => hosted.PredictAsync(new EncodedAudio(new byte[] { 1, 2, 3 })));
        }
    }

    [Fact]
    public async Task The_meter_counts_requests_swaps_and_batches()
    {
        Save("a.tl").Dispose();
        File.WriteAllText(_folder.File("damaged.tl"), "no model");
        using Measurements measured = new();
        await using HostedModel hosted = new("emoji", new HostedModelOptions { Path = _folder.File("a.tl"), MaxBatchSize = 4 });

        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => hosted.PredictAsync(Image(i))));
        await Assert.ThrowsAsync<MediaException>(() => hosted.PredictAsync(new EncodedImage(new byte[] { 1, 2, 3 })));
        await hosted.SwapAsync();
        await Assert.ThrowsAsync<CheckpointException>(() => hosted.SwapAsync(_folder.File("damaged.tl")));

        Assert.Equal(10, measured.Sum("requests", "ok"));
        Assert.Equal(1, measured.Sum("requests", "failed"));
        Assert.Equal([1, 1], [measured.Sum("swaps", "ok"), measured.Sum("swaps", "failed")]);
        Assert.Equal(0, measured.Sum("queue_length"));
        Assert.Equal(11, measured.Sum("batch_size"));
        Assert.All(measured.Of("batch_size"), size => Assert.InRange(size, 1, 4));
        Assert.Equal(11, measured.Of("request.duration").Length);
        Assert.All(measured.Of("request.duration"), seconds => Assert.True(seconds > 0));
    }

    [Fact]
    public async Task Wrong_options_are_all_found_when_the_host_starts()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection([new("Models:bees:MaxBatchSize", "0"), new("Models:bees:MaxDelay", "-00:00:01")]);
        builder.Services.AddTransferModel("bees").BindConfiguration("Models:bees");
        using IHost host = builder.Build();

        OptionsValidationException wrong = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Equal(3, wrong.Failures.Count());
        Assert.Contains(wrong.Failures, failure => failure.Contains("MaxBatchSize", StringComparison.Ordinal));
        Assert.Throws<ArgumentException>(() => builder.Services.AddTransferModel("bees"));
    }

    public void Dispose()
    {
        _train.Dispose();
        _images.Dispose();
        _folder.Dispose();
    }

    private static ServiceCollection Services(string path)
    {
        ServiceCollection services = new();
        services.AddLogging();
        services.AddTransferModel("emoji", options => options.Path = path);
        services.AddHealthChecks().AddTransferModel("emoji");
        return services;
    }

    private EncodedImage Image(int index) => new(Beside.Bytes(_images, index));

    private ImageModel Save(string name)
    {
        ImageModel model = Beside.Trained(_train);
        model.Save(_folder.File(name));
        return model;
    }
}
