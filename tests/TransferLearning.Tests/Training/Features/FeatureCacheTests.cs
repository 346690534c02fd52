using TorchSharp;

namespace TransferLearning.Tests;

public sealed class FeatureCacheTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Fact]
    public void A_second_run_takes_every_feature_from_the_files_and_gives_the_same_weights()
    {
        using Dataset noise = NoiseImages.Of(30);
        (CountingPreprocessor transform, byte[] first) = Train(noise, new FeatureCache(_folder));
        Assert.Equal(30, transform.Calls);
        (transform, byte[] second) = Train(noise, new FeatureCache(_folder));
        Assert.Equal(0, transform.Calls);
        Assert.Equal(first, second);
        (_, byte[] without) = Train(noise, null);
        Assert.Equal(first, without);
    }

    [Fact]
    public void A_cache_in_memory_serves_several_runs()
    {
        using Dataset noise = NoiseImages.Of(30);
        using FeatureCache cache = new();
        (_, byte[] first) = Train(noise, cache);
        (CountingPreprocessor transform, byte[] second) = Train(noise, cache);
        Assert.Equal(0, transform.Calls);
        Assert.Equal(first, second);
        Assert.Equal(30 * 64 * 4, cache.StoredBytes);
        cache.Clear();
        Assert.Equal(0, cache.StoredBytes);
    }

    [Fact]
    public void Features_read_from_files_batch_by_batch_train_the_same_weights()
    {
        using Dataset noise = NoiseImages.Of(30);
        (_, byte[] inMemory) = Train(noise, new FeatureCache(_folder));
        FeatureCacheOptions options = new() { Folder = _folder, MaxMemoryBytes = 0 };
        (CountingPreprocessor transform, byte[] fromFiles) = Train(noise, new FeatureCache(options));
        Assert.Equal(0, transform.Calls);
        Assert.Equal(inMemory, fromFiles);
        Directory.Delete(_folder, recursive: true);
        (_, byte[] writtenAndRead) = Train(noise, new FeatureCache(options) { ChunkBytes = 64 * 4 * 7 });
        Assert.Equal(inMemory, writtenAndRead);
    }

    [Fact]
    public void Other_weights_images_and_transforms_have_other_keys()
    {
        using Dataset noise = NoiseImages.Of(6);
        using FeatureCache cache = new(_folder);
        Assert.Equal(6, Train(noise, cache).Transform.Calls);
        Assert.Equal(6, Train(noise, cache, seed: 1).Transform.Calls);
        using Dataset others = NoiseImages.Of(6, seed: 2);
        Assert.Equal(6, Train(others, cache).Transform.Calls);
        ImagePreprocess other = ModelCatalog.Get("resnet20").Preprocess with { Mean = new ChannelValues(0.5f, 0.5f, 0.5f) };
        Assert.Equal(6, Train(noise, cache, preprocess: other).Transform.Calls);
        Assert.Equal(0, Train(noise, cache).Transform.Calls);
    }

    [Fact]
    public void Sets_share_what_they_have_in_common_and_equal_images_are_computed_once()
    {
        using Dataset noise = NoiseImages.Of(20);
        using FeatureCache cache = new(_folder);
        Assert.Equal(12, Train(noise.Take(12), cache).Transform.Calls);
        Assert.Equal(8, Train(noise, cache).Transform.Calls);
        Assert.Equal(0, Train(noise.Shuffle(3).Take(15), cache).Transform.Calls);
        using Dataset other = NoiseImages.Of(5, seed: 9);
        Assert.Equal(5, Train(other.Concat(other), cache).Transform.Calls);
    }

    [Fact]
    public void A_new_head_keeps_the_key()
    {
        using ImageModel model = TransferModel.Create("resnet20", 10);
        ImagePipeline pipeline = ImagePipeline.ForEvaluation(model.Preprocess);
        UInt128 key = FeatureHash.OfBackbone(new FrozenPart(model.Module), "", pipeline, FeaturePrecision.Float32);
        model.ReplaceHead(3, head => head.Linear(8).Relu());
        Assert.Equal(key, FeatureHash.OfBackbone(new FrozenPart(model.Module), "", pipeline, FeaturePrecision.Float32));
        Assert.NotEqual(key, FeatureHash.OfBackbone(new FrozenPart(model.Module), "", pipeline, FeaturePrecision.Float16));
        Assert.NotEqual(key, FeatureHash.OfBackbone(new FrozenPart(model.Module), "dilated", pipeline, FeaturePrecision.Float32));
        using (torch.no_grad())
        {
            model.Module.State().First(entry => entry.Key == "layer3.2.bn2.running_var").Value[5] = 0.25f;
        }

        Assert.NotEqual(key, FeatureHash.OfBackbone(new FrozenPart(model.Module), "", pipeline, FeaturePrecision.Float32));
    }

    [Fact]
    public void Interrupted_work_resumes_where_it_stopped()
    {
        using Dataset noise = NoiseImages.Of(30);
        FeatureCache Cache() => new(_folder) { ChunkBytes = 64 * 4 * 4 };
        void Break(Sample sample)
        {
            if (sample.Name == "noise 20")
            {
                throw new InvalidOperationException("the power fails");
            }
        }

        Assert.Throws<InvalidOperationException>(() => Train(noise, Cache(), before: Break));
        Assert.Equal(4, Directory.GetFiles(_folder).Length); // two batches of eight, four rows in a file
        (CountingPreprocessor transform, byte[] resumed) = Train(noise, Cache());
        Assert.Equal(14, transform.Calls);
        Assert.Equal(resumed, Train(noise, null).Head);
    }

    [Fact]
    public void A_cancelled_run_keeps_what_was_done()
    {
        using Dataset noise = NoiseImages.Of(30);
        using CancellationTokenSource source = new();
        using ImageModel model = Model();
        using FeatureCache cache = new(_folder);
        Assert.ThrowsAny<OperationCanceledException>(() => model.ExtractFeatures(
            noise, new FeatureOptions { Cache = cache, BatchSize = 5 }, new Reached(10, source.Cancel), source.Token));
        CountingPreprocessor transform = new(ImagePipeline.ForEvaluation(model.Preprocess));
        using FeatureSet features = model.ExtractFeatures(
            noise,
            new FeatureOptions { Cache = cache, BatchSize = 5, Preprocessor = transform });
        Assert.Equal(20, transform.Calls);
        Assert.Equal(30, features.Count);
    }

    [Fact]
    public void Two_caches_on_one_folder_at_once_spoil_nothing()
    {
        using Dataset noise = NoiseImages.Of(24);
        float[][] last = new float[4][];
        Parallel.For(0, last.Length, i =>
        {
            using ImageModel model = Model();
            using FeatureCache cache = new(_folder) { ChunkBytes = 64 * 4 * 5 };
            using FeatureSet features = model.ExtractFeatures(noise, new FeatureOptions { Cache = cache, BatchSize = 4 });
            last[i] = features.ToArray(23);
        });
        Assert.All(last, row => Assert.Equal(last[0], row));
        Assert.Equal(0, Train(noise, new FeatureCache(_folder)).Transform.Calls);
        Assert.DoesNotContain(Directory.GetFiles(_folder), file => file.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void The_files_stay_below_the_limit_and_the_last_used_stay()
    {
        using Dataset first = NoiseImages.Of(20, seed: 1);
        using Dataset second = NoiseImages.Of(20, seed: 2);
        using Dataset third = NoiseImages.Of(20, seed: 3);
        Train(first, new FeatureCache(_folder));
        long size = Directory.GetFiles(_folder).Sum(file => new FileInfo(file).Length);
        FeatureCache Cache() => new(new FeatureCacheOptions { Folder = _folder, MaxBytes = (2 * size) + 1 });
        Train(second, Cache());
        foreach (string file in Directory.GetFiles(_folder))
        {
            File.SetLastWriteTimeUtc(file, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }

        Assert.Equal(0, Train(first, Cache()).Transform.Calls); // used now
        using FeatureCache last = Cache();
        Train(third, last);
        Assert.InRange(last.StoredBytes, size, (2 * size) + 1);
        Assert.Equal(0, Train(first, Cache()).Transform.Calls);
        Assert.Equal(20, Train(second, Cache()).Transform.Calls);
    }

    [Fact]
    public void Memory_has_a_limit_too()
    {
        using Dataset first = NoiseImages.Of(20, seed: 1);
        using Dataset second = NoiseImages.Of(20, seed: 2);
        int oneSet = 20 * 64 * 4;
        using FeatureCache cache = new(new FeatureCacheOptions { MaxMemoryBytes = oneSet });
        Train(first, cache);
        Train(first, cache, seed: 4); // other weights: the first ones give way
        Assert.Equal(oneSet, cache.StoredBytes);
        Assert.Equal(0, Train(first, cache, seed: 4).Transform.Calls);
        Assert.Equal(20, Train(first, cache).Transform.Calls);
    }

    [Fact]
    public void What_is_larger_than_the_limit_is_trained_on_images_and_the_log_says_so()
    {
        using Dataset noise = NoiseImages.Of(20);
        LinesLogger log = new();
        (CountingPreprocessor transform, byte[] head) = Train(
            noise, new FeatureCache(new FeatureCacheOptions { MaxMemoryBytes = 1000 }), logger: log);
        Assert.Equal(2 * 20, transform.Calls);
        Assert.Contains(log.Lines, line => line.Contains("MaxMemoryBytes", StringComparison.Ordinal));
        AssertClose(Train(noise, null).Head, head);
    }

    [Fact]
    public void Half_precision_takes_half_the_bytes_and_rounds_before_the_first_use()
    {
        using Dataset noise = NoiseImages.Of(20);
        FeatureCacheOptions options = new() { Folder = _folder, Precision = FeaturePrecision.Float16 };
        using ImageModel model = Model();
        using FeatureSet exact = model.ExtractFeatures(noise);
        using FeatureSet first = model.ExtractFeatures(noise, new FeatureOptions { Cache = new FeatureCache(options) });
        using FeatureSet second = model.ExtractFeatures(noise, new FeatureOptions { Cache = new FeatureCache(options) });
        Assert.InRange(new FileInfo(Directory.GetFiles(_folder).Single()).Length, 20 * 64 * 2, 20 * 64 * 3);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(exact.ToArray(i).Select(number => (float)(Half)number), first.ToArray(i));
            Assert.Equal(first.ToArray(i), second.ToArray(i));
        }
    }

    [Fact]
    public void Damaged_images_are_remembered_and_named_when_they_may_not_be_skipped()
    {
        using Dataset noise = NoiseImages.Of(12, damaged: 7);
        using ImageModel model = Model();
        FeatureOptions Options(CountingPreprocessor transform, BadSampleHandling handling)
            => new() { Cache = new FeatureCache(_folder), OnBadSample = handling, Preprocessor = transform, BatchSize = 4 };
        CountingPreprocessor transform = new(ImagePipeline.ForEvaluation(model.Preprocess));
        using FeatureSet first = model.ExtractFeatures(noise, Options(transform, BadSampleHandling.Skip));
        Assert.Equal(12, transform.Calls);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11], first.Indices);
        using FeatureSet second = model.ExtractFeatures(noise, Options(transform, BadSampleHandling.Skip));
        Assert.Equal(12, transform.Calls);
        Assert.Equal(first.Indices, second.Indices);
        SampleLoadException exception = Assert.Throws<SampleLoadException>(
            () => model.ExtractFeatures(noise, Options(transform, BadSampleHandling.Throw)));
        Assert.Equal((7, "noise 7"), (exception.SampleIndex, exception.SampleName));
    }

    [Fact]
    public void Evaluation_on_cached_features_equals_evaluation_on_images()
    {
        using Dataset noise = NoiseImages.Of(30, damaged: 4);
        using ImageModel model = Model();
        using FeatureCache cache = new();
        EvaluateOptions options = new() { OnBadSample = BadSampleHandling.Skip };
        model.WithClassNames(noise.ClassNames);
        EvaluationResult plain = model.Evaluate(noise, options);
        for (int run = 0; run < 2; run++)
        {
            EvaluationResult cached = model.Evaluate(noise, options with { FeatureCache = cache });
            Assert.Equal((plain.Count, plain.Accuracy, 1), (cached.Count, cached.Accuracy, (int)cached.Skipped.Count));
            Assert.Equal(plain.Loss, cached.Loss, 1e-5);
        }
    }

    [Fact]
    public void Nothing_stays_behind()
    {
        using Dataset noise = NoiseImages.Of(12);
        using ImageModel model = Model();
        foreach (
            FeatureCache? cache in new[]
            {
                null,
                new FeatureCache(_folder),
                new FeatureCache(new FeatureCacheOptions { Precision = FeaturePrecision.Float16 }),
            })
        {
            long before = LibTorch.LiveTensorCount;
            model.FineTune(
                noise, new Sgd(0.01), new FineTuneOptions { Epochs = 2, BatchSize = 5, FeatureCache = cache, Validation = noise });
            model.ExtractFeatures(noise, new FeatureOptions { Cache = cache }).Dispose();
            Assert.Equal(before, LibTorch.LiveTensorCount);
        }
    }

    [Fact]
    public void A_network_of_a_hundred_megabytes_has_a_key_and_hashing_it_twice_gives_the_same()
    {
        using ImageModel model = TransferModel.Create("resnet50", 2);
        ImagePipeline pipeline = ImagePipeline.ForEvaluation(model.Preprocess);
        UInt128 key = FeatureHash.OfBackbone(new FrozenPart(model.Module), "", pipeline, FeaturePrecision.Float32);
        System.Diagnostics.Stopwatch clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(key, FeatureHash.OfBackbone(new FrozenPart(model.Module), "", pipeline, FeaturePrecision.Float32));
        TestContext.Current.TestOutputHelper?.WriteLine($"hash: {clock.Elapsed.TotalMilliseconds:F1} ms");
    }

    internal static void AssertClose(byte[] expected, byte[] actual)
    {
        float[] left = [.. System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(expected)];
        float[] right = [.. System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(actual)];
        Assert.Equal(left.Length, right.Length);
        Assert.All(left.Zip(right), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    private static ImageModel Model(long seed = 0)
        => TransferModel.Create("resnet20", 10, seed).ReplaceHead(3, head => head.Dropout(0.5).Linear(8).Relu(), seed: 5).FreezeBackbone();

    private static (CountingPreprocessor Transform, byte[] Head) Train(
        Dataset dataset, FeatureCache? cache, long seed = 0, ImagePreprocess? preprocess = null, Action<Sample>? before = null,
        LinesLogger? logger = null)
    {
        using ImageModel model = Model(seed);
        CountingPreprocessor transform = new(ImagePipeline.ForEvaluation(preprocess ?? model.Preprocess), before: before);
        model.FineTune(
            dataset, new Adam(0.01), new FineTuneOptions
            {
                Epochs = 2,
                BatchSize = 8,
                Preprocessor = transform,
                FeatureCache = cache,
                Workers = 1,
                Logger = logger,
            });
        return (transform, [.. model.Module.Head.parameters().SelectMany(parameter => parameter.bytes.ToArray())]);
    }

    private sealed class Reached(int count, Action action) : IProgress<int>
    {
        public void Report(int value)
        {
            if (value >= count)
            {
                action();
            }
        }
    }
}
