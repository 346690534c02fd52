using TorchSharp;

namespace TransferLearning.Tests;

public sealed class TransferModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("transfer-model-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_new_head_is_small_normal_noise_and_zero_biases()
    {
        using ImageModel model = TransferModel.Create("resnet18", classes: 1000).ReplaceHead(200);
        (float[] weight, float[] bias) = (Values(model, "fc.weight"), Values(model, "fc.bias"));
        Assert.Equal(200 * 512, weight.Length);
        Assert.All(bias, value => Assert.Equal(0, value));
        Assert.InRange(weight.Average(), -0.001, 0.001);
        Assert.InRange(Math.Sqrt(weight.Average(value => value * value)), 0.0195, 0.0205);
        Assert.Equal(200, model.Classes);
        Assert.Equal("0", model.ClassNames[0]);
    }

    [Fact]
    public void The_seed_fixes_the_new_head_and_other_initialisers_can_be_chosen()
    {
        using ImageModel first = TransferModel.Create("resnet20", 10).ReplaceHead(3, seed: 5);
        using ImageModel same = TransferModel.Create("resnet20", 10).ReplaceHead(3, seed: 5);
        using ImageModel other = TransferModel.Create("resnet20", 10).ReplaceHead(3, seed: 6);
        using ImageModel zeros = TransferModel.Create("resnet20", 10).ReplaceHead(3, HeadInitialization.Zeros);
        Assert.Equal(Values(first, "linear.weight"), Values(same, "linear.weight"));
        Assert.NotEqual(Values(first, "linear.weight"), Values(other, "linear.weight"));
        Assert.All(Values(zeros, "linear.weight"), value => Assert.Equal(0, value));
    }

    [Fact]
    public void A_head_of_several_layers_learns_and_keeps_its_names()
    {
        using ImageModel model = TransferModel
            .Create("resnet20", 10)
            .ReplaceHead(3, head => head.Dropout(0.2).Linear(32).Relu())
            .FreezeBackbone();
        string[] trainable = [.. model.Module.named_parameters().Where(entry => entry.parameter.requires_grad).Select(entry => entry.name)];
        Assert.Equal(["linear.1.weight", "linear.1.bias", "linear.3.weight", "linear.3.bias"], trainable);
        Assert.Equal((64 * 32) + 32 + (32 * 3) + 3, model.TrainableParameters);
        Assert.Equal(
            trainable, model.Module.State().Select(entry => entry.Key).Where(name => name.StartsWith("linear", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_new_head_with_dropout_predicts_the_same_twice()
    {
        using Dataset noise = Noise(1);
        using ImageModel model = TransferModel.Create("resnet20", 10).ReplaceHead(3, head => head.Dropout(0.5));
        SampleContent image = noise.Read(0).Input;
        Assert.Equal(model.Predict(image).Scores, model.Predict(image).Scores);
    }

    [Fact]
    public void An_extended_head_keeps_the_pretrained_classifier_frozen()
    {
        using ImageModel model = TransferModel.Create("resnet20", 10);
        float[] before = Values(model, "linear.weight");
        model.ExtendHead(4).FreezeBackbone();
        Assert.Equal(before, Values(model, "linear.0.weight"));
        Assert.Equal((10 * 4) + 4, model.TrainableParameters);
        using torch.Tensor images = torch.zeros(2, 3, 32, 32);
        using torch.Tensor logits = model.Module.call(images);
        Assert.Equal([2, 4], logits.shape);
    }

    [Fact]
    public void Freezing_changes_nothing_but_the_head_not_even_statistics()
    {
        using ImageModel model = TransferModel.Create("resnet20", 10).ReplaceHead(3).FreezeBackbone();
        Dictionary<string, byte[]> before = Bytes(model);
        using Dataset noise = Noise(30);

        // An augmenting transform keeps the trainer from working on cached features.
        model.FineTune(
            noise,
            new Sgd(0.1),
            new FineTuneOptions { Epochs = 1, BatchSize = 10, Preprocessor = ImagePipeline.ForTraining(model.Preprocess) });
        string[] changed =
        [
            .. Bytes(model).Where(entry => !before[entry.Key].AsSpan().SequenceEqual(entry.Value)).Select(entry => entry.Key)
        ];
        Assert.Equal(["linear.weight", "linear.bias"], changed);
    }

    [Fact]
    public void Frozen_batch_norms_learn_statistics_on_request()
    {
        using ImageModel model = TransferModel.Create("resnet20", 10).ReplaceHead(3).FreezeBackbone(freezeStatistics: false);
        float[] before = Values(model, "bn1.running_mean");
        using Dataset noise = Noise(30);
        model.FineTune(noise, new Sgd(0.1), new FineTuneOptions { Epochs = 1, BatchSize = 10 });
        Assert.NotEqual(before, Values(model, "bn1.running_mean"));
    }

    [Fact]
    public void Cached_features_train_the_same_head_as_images()
    {
        using Dataset noise = Noise(40);
        float[] cached = Head(FreezeAnd(null));
        float[] uncached = Head(FreezeAnd(new Undeterministic(ImagePipeline.ForEvaluation(CifarPreprocess))));
        Assert.Equal(cached.Length, uncached.Length);
        Assert.All(cached.Zip(uncached), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));

        float[] Head(TransferModel model)
        {
            using (model)
            {
                return Values(model, "linear.weight");
            }
        }

        TransferModel FreezeAnd(StackedPreprocessor? transform)
        {
            ImageModel model = TransferModel.Create("resnet20", 10).ReplaceHead(3).FreezeBackbone();
            model.FineTune(
                noise,
                new Sgd(1e-4, momentum: 0.9),
                new FineTuneOptions { Epochs = 2, BatchSize = 16, Preprocessor = transform, Seed = 2 });
            return model;
        }
    }

    [Theory]
    [InlineData("layer3", new[] { "conv1", "bn1", "layer1", "layer2" })]
    [InlineData("stem", new string[0])]
    public void Unfreezing_from_a_stage_trains_it_and_all_after_it(string stage, string[] frozen)
    {
        using ImageModel model = TransferModel.Create("resnet20", 10).FreezeBackbone().UnfreezeFrom(stage);
        Assert.All(
            model.Module.named_parameters(),
            entry => Assert.Equal(!frozen.Contains(entry.name.Split('.')[0]), entry.parameter.requires_grad));
        Assert.Contains("layer1", Assert.Throws<ArgumentException>(() => model.UnfreezeFrom("layer9")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_saved_model_says_the_same_after_loading()
    {
        string path = Path.Combine(_folder, "model.tl");
        using Dataset noise = Noise(12);
        using ImageModel model = TransferModel.Create("resnet20", 10).ReplaceHead(3, head => head.Linear(8).Gelu()).FreezeBackbone();
        model.FineTune(noise, new Adam(), new FineTuneOptions { Epochs = 1 });
        model.Save(path);
        using ImageModel again = ImageModel.Load(path);
        Assert.Equal(model.ClassNames, again.ClassNames);
        Assert.Equal(model.Preprocess, again.Preprocess);
        Assert.Equal(model.TrainableParameters, again.TrainableParameters);
        SampleContent image = noise.Read(0).Input;
        Assert.Equal(model.Predict(image).Scores, again.Predict(image).Scores);
        Assert.Equal(Bytes(model), Bytes(again));
    }

    [Fact]
    public void Layer_decay_and_what_is_frozen_are_saved()
    {
        string path = Path.Combine(_folder, "model.tl");
        using ImageModel model = TransferModel.Create("resnet20", 10).UnfreezeFrom("layer3").WithLayerDecay(0.5);
        model.Save(path);
        using ImageModel again = ImageModel.Load(path);
        Assert.Equal((0.5, model.TrainableParameters), (again.Adaptation.LayerDecay, again.TrainableParameters));
    }

    [Fact]
    public void A_damaged_or_foreign_file_is_refused_by_name()
    {
        string path = Path.Combine(_folder, "model.tl");
        using ImageModel model = TransferModel.Create("resnet20", 10);
        model.Save(path);
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
        Assert.Contains("model.tl", Assert.Throws<CheckpointException>(() => ImageModel.Load(path)).Message, StringComparison.Ordinal);

        string foreign = Path.Combine(_folder, "foreign.safetensors");
        using StateDict state = StateDict.FromTensors(model.Module.State());
        state.Save(foreign);
        Assert.Contains(
            "TransferModel.Save", Assert.Throws<InvalidDataException>(() => ImageModel.Load(foreign)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_another_architecture_is_refused_with_the_report()
    {
        string path = Path.Combine(_folder, "resnet20.safetensors");
        using ImageModel model = TransferModel.Create("resnet20", 10);
        using (StateDict state = StateDict.FromTensors(model.Module.State()))
        {
            state.Save(path);
        }

        WeightLoadException exception = Assert.Throws<WeightLoadException>(() => Pretrained.ResNet18(path));
        Assert.True(exception.Report.Coverage < 0.5);
        Assert.NotEmpty(exception.Report.Missing);
    }

    [Fact]
    public void The_classes_of_a_checkpoint_are_read_from_its_classifier()
    {
        string path = Path.Combine(_folder, "seven.safetensors");
        using ImageModel model = TransferModel.Create("resnet20", 7);
        using (StateDict state = StateDict.FromTensors(model.Module.State()))
        {
            state.Save(path);
        }

        using ImageModel loaded = Pretrained.ResNet20(path);
        Assert.Equal(7, loaded.Classes);
        Assert.Equal(1, loaded.LoadReport!.Coverage);
        Assert.Equal(Bytes(model), Bytes(loaded));
    }

    [Fact]
    public void Classes_that_do_not_fit_are_refused_with_the_remedy()
    {
        using ImageModel model = TransferModel.Create("resnet20", 10);
        using Dataset noise = Noise(6);
        Assert.Contains(
            "ReplaceHead(3)",
            Assert.Throws<ArgumentException>(() => model.FineTune(noise, new Sgd(0.1))).Message,
            StringComparison.Ordinal);
        Assert.Contains("ReplaceHead(3)", Assert.Throws<ArgumentException>(() => model.Evaluate(noise)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Training_runs_off_the_calling_thread_and_can_be_cancelled()
    {
        using Dataset noise = Noise(64);
        using ImageModel model = TransferModel.Create("resnet20", 3);
        using CancellationTokenSource source = new();
        TrainingHistory history = await model.FineTuneAsync(
            noise, new Sgd(0.01), new FineTuneOptions { Epochs = 1000, BatchSize = 8, ReportEvery = 1 }, progress: new CancelAt(source, 5),
            cancellationToken: source.Token);
        Assert.Equal(StopReason.Cancelled, history.StopReason);
        EvaluationResult result = await model.EvaluateAsync(noise);
        Assert.Equal(64, result.Count);
    }

    [Fact]
    public void Every_typed_entry_point_names_an_architecture_and_the_other_way_round()
    {
        IEnumerable<string> methods = typeof(Pretrained).GetMethods()
            .Where(method => method.ReturnType == typeof(ImageModel) && method.Name != nameof(Pretrained.Load))
            .Select(method => Plain(method.Name));
        IEnumerable<string> variants = ModelCatalog.Families
            .Where(family => family.GetType().Assembly == typeof(Pretrained).Assembly)
            .SelectMany(family => family.Variants)
            .Select(variant => Plain(variant.Name));
        Assert.Equal(variants.Order(StringComparer.Ordinal), methods.Order(StringComparer.Ordinal));

        static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
    }

    private static ImagePreprocess CifarPreprocess => ModelCatalog.Get("resnet20").Preprocess;

    private static float[] Values(TransferModel model, string name)
        => model.Module.State().Single(entry => entry.Key == name).Value.data<float>().ToArray();

    private static Dictionary<string, byte[]> Bytes(TransferModel model)
        => model.Module.State().ToDictionary(entry => entry.Key, entry => entry.Value.bytes.ToArray());

    private static InMemoryDataset Noise(int count)
    {
        SeededRandom random = new(1);
        List<Sample> samples = [];
        for (int i = 0; i < count; i++)
        {
            byte[] pixels = new byte[32 * 32 * 3];
            for (int k = 0; k < pixels.Length; k++)
            {
                pixels[k] = (byte)random.NextInt32(256);
            }

            samples.Add(new Sample($"noise {i}", i % 3, new RawImage(32, 32, pixels)));
        }

        return new InMemoryDataset(samples, ["a", "b", "c"]);
    }

    private sealed class CancelAt(CancellationTokenSource source, int report) : IProgress<TrainingProgress>
    {
        private int _count;

        public void Report(TrainingProgress value)
        {
            if (++_count == report)
            {
                source.Cancel();
            }
        }
    }

    /// <summary>Says of a deterministic transform that it draws, so that nothing is cached.</summary>
    private sealed class Undeterministic(StackedPreprocessor inner) : StackedPreprocessor
    {
        public override IReadOnlyList<long> Shape => inner.Shape;

        public override bool IsDeterministic => false;

        public override string Fingerprint => $"undeterministic {inner.Fingerprint}";

        public override Target Apply(Sample sample, ref SeededRandom random, Span<float> destination)
            => inner.Apply(sample, ref random, destination);

        public override ModelInput ToInput(torch.Tensor values) => inner.ToInput(values);
    }
}
