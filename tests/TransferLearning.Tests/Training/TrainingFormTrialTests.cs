using TorchSharp;

namespace TransferLearning.Tests;

public sealed class TrainingFormTrialTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LinesLogger _log = new();
    private readonly InMemoryDataset _images = Noise();
    private readonly FineTuneOptions _options;

    public TrainingFormTrialTests()
        => _options = new FineTuneOptions { Epochs = 2, BatchSize = 4, Seed = 3, ChannelsLast = null, Logger = _log };

    private static Precision Allowed => OptimizedInference.PrecisionOn(Device.Cpu, Precision.BFloat16);

    private static Batch? NoBatch() => null;

    private MeasuredForms Forms => new(Path.Combine(_folder.Path, "forms.json"));

    private static Preprocessor Preprocessor { get; }
        = ImagePipeline.ForEvaluation(ImagePreprocess.ImageNet with { Resize = 0, Crop = 32 });

    [Fact]
    public void A_layout_is_chosen_once_and_everything_is_as_it_was()
    {
        Assert.SkipUnless(LibTorch.OneDnnIsOn, "There is no choice without oneDNN.");
        using ImageModel model = TransferModel.Create("resnet20", 3);
        Dictionary<string, float[]> before = Numbers(model);
        torch.manual_seed(9);
        using torch.Tensor wanted = torch.rand(3);
        torch.manual_seed(9);
        TrainingFormTrial trial = new(model.Parts(), null, _options);
        long live = LibTorch.LiveTensorCount;
        TrainingForm first = trial.Fastest(Preprocessor, _images.Count, NoBatch, Forms, _log);
        Assert.Equal(live, LibTorch.LiveTensorCount);
        using torch.Tensor drawn = torch.rand(3);
        Assert.Equal(wanted.data<float>().ToArray(), drawn.data<float>().ToArray());
        Assert.Equal(before.Keys, Numbers(model).Keys);
        Assert.All(Numbers(model), entry => Assert.Equal(before[entry.Key], entry.Value));
        Assert.All(model.Module.parameters(), parameter => Assert.True(parameter.is_contiguous() && parameter.grad is null));
        Assert.Contains("a step of 4 took", Assert.Single(_log.Lines), StringComparison.Ordinal);

        // Another process finds it.
        Assert.Equal(first, trial.Fastest(Preprocessor, _images.Count, NoBatch, Forms, _log));
        Assert.Contains("when it was measured", _log.Lines[^1], StringComparison.Ordinal);
        Assert.Equal(2, _log.Lines.Count);

        // Other work is measured by itself.
        TrainingFormTrial other = new(model.Parts(), null, _options with { BatchSize = 5 });
        other.Fastest(Preprocessor, _images.Count, NoBatch, Forms, _log);
        Assert.Contains("a step of 5 took", _log.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_made_for_the_trained_part_too()
    {
        Assert.SkipUnless(LibTorch.OneDnnIsOn, "There is no choice without oneDNN.");
        using ImageModel model = TransferModel.Create("resnet20", 3);
        model.UnfreezeFrom("layer3");
        ModelParts parts = model.Parts();
        Assert.NotNull(parts.Frozen?.Stage);
        new TrainingFormTrial(parts, parts.Frozen, _options).Fastest(Preprocessor, _images.Count, NoBatch, Forms, _log);
        Assert.Contains("a step of 4 took", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_one_dnn_or_where_forms_are_not_measured_the_plain_layout_is_taken()
    {
        using ImageModel model = TransferModel.Create("resnet20", 3);
        TrainingFormTrial trial = new(model.Parts(), null, _options);
        Assert.False(trial.Fastest(Preprocessor, _images.Count, NoBatch, new MeasuredForms(null, isOn: false), _log).IsChannelsLast);
        LibTorch.Configure(new RuntimeOptions { OneDnn = OneDnnMode.Off });
        try
        {
            Assert.False(trial.Fastest(Preprocessor, _images.Count, NoBatch, Forms, _log).IsChannelsLast);
        }
        finally
        {
            LibTorch.Configure(new RuntimeOptions());
        }

        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void BFloat16_is_taken_only_where_it_was_the_fastest()
    {
        Assert.SkipUnless(Allowed == Precision.BFloat16, "This machine has no bfloat16.");
        using ImageModel model = TransferModel.Create("resnet18", 3);
        FineTuneOptions options = _options with { Precision = Precision.BFloat16 };
        TrainingFormTrial trial = new(model.Parts(), null, options);
        TrainingForm first = trial.Fastest(Preprocessor, _images.Count, NoBatch, Forms, _log);
        foreach (string form in new[] { "plain", "channels last", "bfloat16", "bfloat16 and channels last" })
        {
            Assert.Contains($"ms as {form}", Assert.Single(_log.Lines), StringComparison.Ordinal);
        }

        string file = Path.Combine(_folder.Path, "forms.json");
        string content = File.ReadAllText(file);
        foreach (TrainingForm form in new TrainingForm[] { new(true, Precision.Float32), new(false, Precision.BFloat16) })
        {
            File.WriteAllText(file, content.Replace($": \"{first.Name}\"", $": \"{form.Name}\"", StringComparison.Ordinal));
            Assert.Equal(form, trial.Fastest(Preprocessor, _images.Count, NoBatch, Forms, new LinesLogger()));
        }

        // A network that is too small for the clock trains as it is told.
        using ImageModel small = TransferModel.Create("resnet20", 3);
        TrainingFormTrial told = new(small.Parts(), null, options with { ChannelsLast = false });
        Assert.Equal(new TrainingForm(false, Precision.BFloat16), told.Fastest(Preprocessor, _images.Count, NoBatch, Forms, _log));
        Assert.Single(_log.Lines);
    }

    [Fact]
    public void Of_texts_the_first_batch_is_timed()
    {
        Assert.SkipUnless(Allowed == Precision.BFloat16, "This machine has no bfloat16.");
        using TextModel model = TinyText.Wide(_folder.Path, width: 384);
        using Dataset data = TinyText.Opinions(32);
        model.ReplaceHead(data.ClassNames);
        FineTuneOptions options = _options with { BatchSize = 32, ChannelsLast = false, Precision = Precision.BFloat16 };
        TrainingFormTrial trial = new(model.Parts(), null, options);
        Batch First() => new BatchLoader(data, model.Preprocessor, LoaderOptions.Reading(32, 0, BadSampleHandling.Throw)).Epoch(0).First();
        TrainingForm form = trial.Fastest(model.Preprocessor, data.Count, First, Forms, _log);
        Assert.False(form.IsChannelsLast);
        Assert.Contains("a step of 32 took", Assert.Single(_log.Lines), StringComparison.Ordinal);
        Assert.All(model.Module.parameters(), parameter => Assert.Null(parameter.grad));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_run_that_resumes_keeps_the_form_in_which_it_was_begun(bool isLast)
    {
        Assert.SkipUnless(LibTorch.OneDnnIsOn, "There is one layout without oneDNN.");
        using ImageModel whole = TransferModel.Create("resnet20", 3), pieces = TransferModel.Create("resnet20", 3);
        whole.FineTune(_images, new Sgd(0.05, momentum: 0.9), _options with { ChannelsLast = isLast });

        string run = Path.Combine(_folder.Path, "run");
        using CancellationTokenSource stop = new();
        FineTuneOptions begun = _options with
        {
            ChannelsLast = isLast,
            Observers = [new Immediate<TrainingEvent>(happened =>
            {
                if (happened is TrainingEvent.StepTaken { Step: 3 })
                {
                    stop.Cancel();
                }
            })],
        };
        TrainingHistory history = pieces.FineTune(_images, new Sgd(0.05, momentum: 0.9), begun, run, cancellationToken: stop.Token);
        Assert.Equal(StopReason.Cancelled, history.StopReason);
        FineTuneOptions resumed = _options with { ChannelsLast = null, Precision = Allowed };
        history = pieces.FineTune(_images, new Sgd(0.05, momentum: 0.9), resumed, run);
        Assert.Equal(StopReason.Completed, history.StopReason);
        Assert.All(Numbers(whole).Zip(Numbers(pieces)), pair => Assert.Equal(pair.First.Value, pair.Second.Value));
    }

    public void Dispose()
    {
        _images.Dispose();
        _folder.Dispose();
    }

    private static Dictionary<string, float[]> Numbers(ImageModel model)
        => model.Module.State().ToDictionary(entry => entry.Key, entry =>
        {
            using torch.Tensor numbers = entry.Value.detach().to(torch.ScalarType.Float32).contiguous();
            return numbers.data<float>().ToArray();
        });

    private static InMemoryDataset Noise()
    {
        SeededRandom random = new(4);
        List<Sample> samples = [];
        for (int i = 0; i < 20; i++)
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
}
