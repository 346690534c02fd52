using TorchSharp;

namespace TransferLearning.Tests;

public sealed class LayoutTrialTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LinesLogger _log = new();
    private readonly InMemoryDataset _images = Noise();
    private readonly FineTuneOptions _options;

    public LayoutTrialTests() => _options = new FineTuneOptions { Epochs = 2, BatchSize = 4, Seed = 3, Logger = _log };

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
        LayoutTrial trial = new(model.Parts(), null, _options);
        long live = LibTorch.LiveTensorCount;
        bool first = trial.PrefersChannelsLast(Preprocessor, _images.Count, Forms, _log);
        Assert.Equal(live, LibTorch.LiveTensorCount);
        using torch.Tensor drawn = torch.rand(3);
        Assert.Equal(wanted.data<float>().ToArray(), drawn.data<float>().ToArray());
        Assert.Equal(before.Keys, Numbers(model).Keys);
        Assert.All(Numbers(model), entry => Assert.Equal(before[entry.Key], entry.Value));
        Assert.All(model.Module.parameters(), parameter => Assert.True(parameter.is_contiguous() && parameter.grad is null));
        Assert.Contains("a step of 4 took", Assert.Single(_log.Lines), StringComparison.Ordinal);

        // Another process finds it.
        Assert.Equal(first, trial.PrefersChannelsLast(Preprocessor, _images.Count, Forms, _log));
        Assert.Contains("when it was measured", _log.Lines[^1], StringComparison.Ordinal);
        Assert.Equal(2, _log.Lines.Count);

        // Other work is measured by itself.
        new LayoutTrial(model.Parts(), null, _options with { BatchSize = 5 }).PrefersChannelsLast(Preprocessor, _images.Count, Forms, _log);
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
        new LayoutTrial(parts, parts.Frozen, _options).PrefersChannelsLast(Preprocessor, _images.Count, Forms, _log);
        Assert.Contains("a step of 4 took", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_one_dnn_or_where_forms_are_not_measured_the_plain_layout_is_taken()
    {
        using ImageModel model = TransferModel.Create("resnet20", 3);
        LayoutTrial trial = new(model.Parts(), null, _options);
        Assert.False(trial.PrefersChannelsLast(Preprocessor, _images.Count, new MeasuredForms(null, isOn: false), _log));
        LibTorch.Configure(new RuntimeOptions { OneDnn = OneDnnMode.Off });
        try
        {
            Assert.False(trial.PrefersChannelsLast(Preprocessor, _images.Count, Forms, _log));
        }
        finally
        {
            LibTorch.Configure(new RuntimeOptions());
        }

        Assert.Empty(_log.Lines);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_run_that_resumes_keeps_the_layout_in_which_it_was_begun(bool isLast)
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
        history = pieces.FineTune(_images, new Sgd(0.05, momentum: 0.9), _options with { ChannelsLast = null }, run);
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
