using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class DomainMethodTests
{
    private static readonly Sgd Rule = new(0.05, momentum: 0.9);

    private static readonly FineTuneOptions Options = new() { Epochs = 2, BatchSize = 6, Seed = 3, Workers = 0 };

    private static Dataset Source => SmallSets.Images(18, SmallSets.Colours);

    /// <summary>Dark images, and nothing that could be learned of it; more or fewer samples than the source.</summary>
    private static InMemoryDataset Target(int count = 15) => new(
        [
            .. Enumerable.Range(0, count).Select(i => new Sample(
                $"unlabelled {i}", SmallSets.Images(count, SmallSets.Colours).Transformed(new Brightness(0.25)).Read(i).Input,
                NoTarget.Instance))
        ],
        []);

    private static TrainingMethod[] All(Dataset target) =>
    [
        new DomainAdversarial(target) { HiddenWidth = 16 }, new MaximumMeanDiscrepancy(target), new CorrelationAlignment(target),
        new MinimumClassConfusion(target),
    ];

    [Fact]
    public void Features_of_both_domains_come_closer()
    {
        (double Kernels, double Moments) plain = Distances([]);
        double kernels = Distances([new MaximumMeanDiscrepancy(Target()) { Weight = 0.3 }]).Kernels;
        double moments = Distances([new CorrelationAlignment(Target()) { WithMeans = true, Weight = 10 }]).Moments;

        Assert.True(kernels < 0.9 * plain.Kernels, $"{kernels} against {plain}");
        Assert.True(moments < 0.5 * plain.Moments, $"{moments} against {plain}");

        static (double Kernels, double Moments) Distances(TrainingMethod[] methods)
        {
            using ImageModel model = ShiftedColours.Normless();
            model.FineTune(Source, new Sgd(0.02, momentum: 0.9), Options with { Epochs = 10, Methods = methods });
            using FeatureSet source = model.ExtractFeatures(Source), target = model.ExtractFeatures(Target());
            using DisposeScope scope = NewDisposeScope();
            (Tensor first, Tensor second) = (source.Features, target.Features);
            Tensor bandwidths = KernelDiscrepancy.Bandwidths(first, second, KernelBandwidths.TwiceMean, [1]);
            return (
                KernelDiscrepancy.Of(first, second, bandwidths, isUnbiased: false).item<float>(),
                CorrelationDistance.Of(first, second, withMeans: true).item<float>());
        }
    }

    [Fact]
    public void Classes_of_the_target_are_confused_less()
    {
        double plain = Confusion([]), less = Confusion([new MinimumClassConfusion(Target()) { Weight = 3 }]);

        Assert.True(less < plain, $"{less} against {plain}");

        static double Confusion(TrainingMethod[] methods)
        {
            using ImageModel model = ShiftedColours.Fresh();
            model.FineTune(Source, Rule, Options with { Epochs = 4, Methods = methods });
            model.AdaptBatchNorms(Target());
            Dataset labelled = SmallSets.Images(15, SmallSets.Colours).Transformed(new Brightness(0.25));
            SamplePredictions samples = model.Evaluate(labelled, new EvaluateOptions { Samples = SampleDetail.Outputs }).Samples!;
            using DisposeScope scope = NewDisposeScope();
            float[] outputs = [.. Enumerable.Range(0, 15).SelectMany(place => samples.OutputsOf(place).ToArray())];
            return ClassConfusion.Of(tensor(outputs, [15, 3]), 2.5).Loss.item<float>();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_run_resumes_bit_for_bit_whatever_the_size_of_the_target(int number)
    {
        foreach (int count in (int[])[4, 40])
        {
            FineTuneOptions options = Options with { Methods = [All(Target(count))[number]] };
            using ImageModel whole = ShiftedColours.Fresh();
            whole.FineTune(Source, Rule, options with { Workers = 2 });
            using TemporaryFolder folder = new();
            StopReason reason = StopReason.Cancelled;
            for (int runs = 0; reason != StopReason.Completed; runs++)
            {
                Assert.True(runs < 5);
                using ImageModel piece = ShiftedColours.Fresh();
                using CancellationTokenSource source = new();
                int steps = 0;
                Immediate<TrainingEvent> stop = new(happened =>
                {
                    if (happened is TrainingEvent.StepTaken && ++steps == 2)
                    {
                        source.Cancel();
                    }
                });
                reason = piece.FineTune(
                    Source, Rule, options with { Observers = [stop] }, folder.Path, cancellationToken: source.Token).StopReason;
                if (reason == StopReason.Completed)
                {
                    Assert.Equal(ShiftedColours.Weights(whole), ShiftedColours.Weights(piece));
                }
            }
        }
    }

    [Fact]
    public void A_run_with_another_target_is_not_resumed()
    {
        using TemporaryFolder folder = new();
        using ImageModel model = ShiftedColours.Fresh();
        model.FineTune(Source, Rule, Options with { Epochs = 1, Methods = [new CorrelationAlignment(Target(6))] }, folder.Path);
        using ImageModel again = ShiftedColours.Fresh();

        Assert.ThrowsAny<Exception>(() => again.FineTune(
            Source, Rule, Options with { Epochs = 1, Methods = [new CorrelationAlignment(Target(7))] }, folder.Path));
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        foreach (TrainingMethod method in All(Target(6)))
        {
            using ImageModel model = ShiftedColours.Fresh();
            FineTuneOptions options = Options with { Epochs = 1, Methods = [method] };
            model.FineTune(Source.Take(12), new Sgd(0.05), options);
            long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            model.FineTune(Source.Take(12), new Sgd(0.05), options);
            Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }
    }

    [Fact]
    public void Texts_are_adapted_too()
    {
        Dataset target = TinyText.Opinions(24);
        foreach (TrainingMethod method in All(target))
        {
            using TemporaryFolder folder = new();
            using TextModel model = TinyText.Model(folder.Path, new Classification(["bad", "good"]));
            TrainingHistory history = model.FineTune(
                TinyText.Opinions(16), new AdamW(1e-3), new FineTuneOptions { Epochs = 1, BatchSize = 8, Workers = 0, Methods = [method] });

            Assert.True(double.IsFinite(history.Epochs[0].Loss));
        }
    }

    [Fact]
    public void A_discriminator_learns_and_turns_its_gradient_around()
    {
        using ImageModel low = ShiftedColours.Fresh(), high = ShiftedColours.Fresh();
        low.FineTune(Source, Rule, Options with { Methods = [new DomainAdversarial(Target()) { HiddenWidth = 16, High = 0 }] });
        high.FineTune(Source, Rule, Options with { Methods = [new DomainAdversarial(Target()) { HiddenWidth = 16, Low = 1 }] });

        Assert.NotEqual(ShiftedColours.Weights(low), ShiftedColours.Weights(high));
    }

    [Fact]
    public void Runs_that_a_method_cannot_join_are_refused()
    {
        using ImageModel frozen = ShiftedColours.Fresh().FreezeBackbone();
        Refused(frozen, new CorrelationAlignment(Target()), "nothing before the head is trained");
        Assert.Single(frozen.FineTune(Source, Rule, Options with { Epochs = 1, Methods = [new MinimumClassConfusion(Target())] }).Epochs);
        using ImageModel model = ShiftedColours.Fresh();
        Refused(model, new CorrelationAlignment(Target().Take(1)), "two samples");
        Refused(model, new MaximumMeanDiscrepancy(Target()) { Bandwidths = KernelBandwidths.Fixed }, "Factors");
        Refused(model, new MaximumMeanDiscrepancy(Target()) { Factors = [1, 0] }, "positive");
        using ImageModel several = TransferModel.Create("resnet20", 3).For(new MultiLabelClassification(SmallSets.Colours));
        Assert.Contains("predicted classes", Assert.Throws<ArgumentException>(() => several.FineTune(
            Labelled(), Rule, Options with { Methods = [new MinimumClassConfusion(Target())] })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new DomainAdversarial(Target()) { HiddenWidth = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new MinimumClassConfusion(Target()) { Temperature = 0 });

        static void Refused(ImageModel model, TrainingMethod method, string why)
            => Assert.Contains(
                why,
                Assert.Throws<ArgumentException>(() => model.FineTune(Source, Rule, Options with { Methods = [method] })).Message,
                StringComparison.Ordinal);

        static InMemoryDataset Labelled() => new(
            [.. Enumerable.Range(0, 6).Select(i => new Sample($"image {i}", SmallSets.Image(i, i % 3), new LabelsTarget([i % 3])))],
            SmallSets.Colours);
    }
}
