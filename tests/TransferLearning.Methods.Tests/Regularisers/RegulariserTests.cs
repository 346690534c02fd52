using TorchSharp;
using TransferLearning.Layers;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Methods that keep a network near what it has learned, in runs of training.</summary>
public sealed class RegulariserTests : IDisposable
{
    private readonly ImageModel _teacher = TinyStudent.Model(9, "red", "blue", "green");

    public static TheoryData<string> Methods => [.. Made(null!).Keys];

    public void Dispose() => _teacher.Dispose();

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_run_with_a_method_resumes_bit_for_bit_and_leaves_no_tensor_behind(string name)
    {
        List<long> counts = [];
        Immediate<TrainingEvent> count = new(happened =>
        {
            if (happened is TrainingEvent.StepTaken)
            {
                counts.Add(LibTorch.LiveTensorCount);
            }
        });
        FineTuneOptions options = Runs.Options with { Methods = [Made(_teacher)[name]] };
        float[] plain = Runs.Trained(Runs.Options), whole = Runs.Trained(options with { Observers = [count] });

        Assert.NotEqual(plain, whole);
        Assert.Equal(whole, Runs.InPieces(() => options, stepsEach: 4));
        Assert.Single(counts.Skip(6).Distinct());
    }

    [Fact]
    public void A_large_alpha_keeps_weights_near_their_start()
    {
        double free = DistanceAfter(Runs.Options), held = DistanceAfter(Runs.Options with { Methods = [new L2Sp(alpha: 10)] });

        Assert.True(held < 0.2 * free, $"{held} against {free}");

        static double DistanceAfter(FineTuneOptions options)
        {
            using ImageModel start = Runs.Model(), model = Runs.Model();
            model.FineTune(Runs.Samples, Runs.Rule, options);
            return start.Module.named_parameters().Zip(model.Module.named_parameters())
                .Where(pair => !model.Module.IsInHead(pair.First.name))
                .Sum(pair => pair.First.parameter.sub(pair.Second.parameter).square().sum().item<float>());
        }
    }

    [Fact]
    public void Features_held_by_delta_move_less_and_attention_says_which()
    {
        using ImageModel probed = Runs.Model();
        probed.Probe(Runs.Samples, new RidgeProbe());
        ChannelAttention attention = probed.MeasureAttention(Runs.Samples, ["layer1", "layer2"]);
        Assert.Equal([8, 16], attention.Weights.Values.Select(weights => weights.Count));
        Assert.All(attention.Weights.Values, weights => Assert.Equal(1, weights.Sum(), 1e-9));
        Assert.All(attention.Weights.Values, weights => Assert.True(weights.Distinct().Count() > 1));

        double free = MovedBy(Runs.Options);
        Assert.True(MovedBy(Runs.Options with { Methods = [new Delta(0.01)] }) < 0.5 * free);
        Assert.True(MovedBy(Runs.Options with { Methods = [new Delta(0.1) { Attention = attention }] }) < 0.9 * free);
        Assert.True(MovedBy(Runs.Options with { AccumulationSteps = 2, Methods = [new Delta(0.01) { Layers = ["layer2"] }] }) < 0.5 * free);

        static double MovedBy(FineTuneOptions options)
        {
            using ImageModel model = Runs.Model();
            using Tensor before = Features(model);
            model.FineTune(Runs.Samples, Runs.Rule, options);
            using Tensor after = Features(model);
            return after.sub(before).square().sum().item<float>();
        }

        static Tensor Features(ImageModel model)
        {
            using FeatureSet set = model.ExtractFeatures(Runs.Samples, new FeatureOptions { Workers = 0 });
            return set.Features.clone();
        }
    }

    [Fact]
    public void A_spectral_penalty_shrinks_the_singular_values_that_it_names()
    {
        Assert.Equal(Runs.Trained(Runs.Options), Runs.Trained(Runs.Options with { Methods = [new BatchSpectralShrinkage(0)] }));
        double free = LargestAfter(Runs.Options);
        double held = LargestAfter(Runs.Options with { Methods = [new BatchSpectralPenalization(0.1)] });
        Assert.True(held < 0.8 * free, $"{held} against {free}");

        static double LargestAfter(FineTuneOptions options)
        {
            using ImageModel model = Runs.Model();
            model.FineTune(Runs.Samples, Runs.Rule, options);
            using FeatureSet set = model.ExtractFeatures(Runs.Samples, new FeatureOptions { Workers = 0 });
            return SpectralPenalty.Values(set.Features)[0].item<float>();
        }
    }

    [Fact]
    public void Stochastic_norms_are_plain_ones_where_every_channel_uses_the_batch_and_after_training()
    {
        Assert.Equal(Runs.Trained(Runs.Options), Runs.Trained(Runs.Options with { Methods = [new StochNorm(1)] }));
        using ImageModel model = Runs.Model();
        model.FineTune(Runs.Samples, Runs.Rule, Runs.Options with { Epochs = 1, Methods = [new StochNorm()] });
        Assert.All(model.Module.modules().OfType<BatchNorm2d>(), norm => Assert.Null(norm.BatchProbability));
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "model.safetensors");
        model.Save(file);
        using ImageModel again = ImageModel.Load(file);
        Assert.Equal(Runs.Weights(model), Runs.Weights(again));
    }

    [Fact]
    public void A_source_is_as_it_was_after_co_tuning()
    {
        using ImageModel source = Source();
        float[] before = Runs.Weights(source);
        using ImageModel model = Runs.Model();
        model.FineTune(Runs.Samples, Runs.Rule, Runs.Options with { Methods = [new CoTuning(source)] });
        Assert.Equal(before, Runs.Weights(source));
        Assert.All(source.Module.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    [Fact]
    public void Co_tuning_trains_a_head_on_cached_features_too()
    {
        using ImageModel source = Source(), model = Runs.Model().FreezeBackbone();
        WatchedDataset samples = new(Runs.Samples);
        model.FineTune(samples, Runs.Rule, Runs.Options with { Methods = [new CoTuning(source)] });
        Assert.Equal(2 * 18, samples.Reads); // once for the relationship, once for the features
    }

    [Fact]
    public void What_a_method_cannot_use_is_refused()
    {
        Dataset unbalanced = SmallSets.Images(18, SmallSets.Colours).Where(label => label != 1);
        Refused("'green' has no sample", () => new CoTuning(_teacher), unbalanced);
        Refused("tiny_student has no module 'layer9'", () => new Delta { Layers = ["layer9"] });
        Refused("GradientCheckpointing", () => new StochNorm(), options: Runs.Options with { GradientCheckpointing = true });
        Refused("GradientCheckpointing", () => new Delta(), options: Runs.Options with { GradientCheckpointing = true });
        Refused(
            "the same height and width", () => new Distillation(_teacher) { Attention = [new LayerPair("layer1", "layer2")] });
        using ImageModel other = TinyStudent.Model(4, "red", "blue");
        Refused("'green' is not among the teacher's", () => new Distillation(other));
        using ImageModel frozen = Runs.Model().FreezeBackbone();
        Assert.Contains(
            "nothing in it is trained",
            Assert.Throws<ArgumentException>(
                () => frozen.FineTune(Runs.Samples, Runs.Rule, Runs.Options with { Methods = [new Delta()] })).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new L2Sp(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StochNorm(1.5));

        static void Refused(string expected, Func<TrainingMethod> method, Dataset? samples = null, FineTuneOptions? options = null)
        {
            using ImageModel model = Runs.Model();
            ArgumentException refused = Assert.Throws<ArgumentException>(() => model.FineTune(
                samples ?? Runs.Samples, Runs.Rule, (options ?? Runs.Options) with { Methods = [method()] }));
            Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_text_model_is_held_near_its_start_and_learns_from_a_teacher()
    {
        using TemporaryFolder folder = new();
        using TextModel teacher = TinyText.Model(folder.Path, new Classification(["bad", "good"]));
        using TextModel plain = TinyText.Model(folder.Path, new Classification(["bad", "good"]), "distilbert");
        using TextModel distilled = TinyText.Model(folder.Path, new Classification(["bad", "good"]), "distilbert");
        Dataset samples = TinyText.Opinions(32);
        FineTuneOptions options = new() { Epochs = 2, BatchSize = 8, Workers = 0 };
        AdamW rule = new(3e-3);
        teacher.FineTune(samples, rule, options with { Methods = [new L2Sp(), new BatchSpectralShrinkage(), new Delta()] });
        plain.FineTune(samples, rule, options);
        distilled.FineTune(samples, rule, options with { Methods = [new Distillation(teacher) { Weight = 1 }] });
        Assert.True(Agreement.Distance(teacher, distilled, samples) < Agreement.Distance(teacher, plain, samples));
    }

    private static ImageModel Source() => TinyStudent.Model(4, [.. Enumerable.Range(0, 10).Select(i => $"{i}")]);

    private static Dictionary<string, TrainingMethod> Made(ImageModel teacher) => new()
    {
        ["L2-SP"] = new L2Sp(),
        ["DELTA"] = new Delta(),
        ["BSS"] = new BatchSpectralShrinkage(0.1, count: 2),
        ["BSP"] = new BatchSpectralPenalization(0.1),
        ["StochNorm"] = new StochNorm(),
        ["Distillation"] = teacher is null ? null! : new Distillation(teacher),
        ["Hints and attention"] = teacher is null ? null! : new Distillation(teacher)
        {
            Hints = [new LayerPair("layer1", "layer1")],
            HintWeight = 1,
            Attention = [new LayerPair("layer2", "layer2"), new LayerPair("layer1", "layer1")],
        },
        ["Co-Tuning"] = teacher is null ? null! : new CoTuning(teacher),
    };
}
