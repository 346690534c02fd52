using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class TextGradientCheckpointingTests
{
    private const int Vocabulary = 30;

    /// <summary>Each architecture, with the layers that it has: two, or two that read and two that write.</summary>
    public static TheoryData<string, int> Networks => new()
    {
        { "bert", 2 }, { "roberta", 2 }, { "distilbert", 2 }, { "gpt2", 2 }, { "marian", 4 }, { "bart", 4 }, { "t5", 4 },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Gradients_are_those_of_plain_training_with_dropout(string architecture, int layers)
    {
        using DisposeScope scope = NewDisposeScope();
        (float[] plain, int none) = Pass(architecture, recomputes: false);
        (float[] repeated, int parts) = Pass(architecture, recomputes: true);
        Assert.Equal((0, layers), (none, parts));
        Assert.Contains(plain, gradient => gradient != 0);

        // Only where several layers share an input may its gradients be summed in another order.
        double scale = layers > 2 ? 1e-6 * plain.Max(Math.Abs) : 0;
        Assert.Equal(plain.Length, repeated.Length);
        Assert.DoesNotContain(plain.Zip(repeated), pair => !(Math.Abs(pair.First - pair.Second) <= scale));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Dropped_attention_weights_are_drawn_by_the_pass(string architecture, int layers)
    {
        using DisposeScope scope = NewDisposeScope();
        (float[] first, _) = Pass(architecture, recomputes: false);
        (float[] again, _) = Pass(architecture, recomputes: false, processSeed: 99);
        Assert.Equal(first, again);
        Assert.True(layers > 0);
    }

    [Fact]
    public void Attention_that_drops_nothing_is_what_the_kernel_computes()
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator draws = new(1);
        Tensor Numbers(params long[] shape) => randn(shape, generator: draws);
        (Tensor query, Tensor key, Tensor value, Tensor mask) = (
            Numbers(2, 3, 5, 4), Numbers(2, 3, 5, 4), Numbers(2, 3, 5, 4), Numbers(2, 1, 5, 5));
        using Dropout none = new(0);
        using Dropout few = new(1e-12); // goes the other way, and drops nothing
        foreach ((Tensor? added, bool causal) in new (Tensor?, bool)[] { (null, false), (null, true), (mask, false) })
        {
            Tensor expected = DotProductAttention.Run(query, key, value, added, none, causal);
            Tensor found = DotProductAttention.Run(query, key, value, added, few, causal);
            Assert.True((expected - found).abs().max().item<float>() < 1e-6f);
        }
    }

    [Fact]
    public void A_tiny_network_trains_to_the_same_weights()
    {
        Assert.Equal(Trained(recomputes: false), Trained(recomputes: true));

        static float[] Trained(bool recomputes)
        {
            using TemporaryFolder folder = new();
            using TextModel model = TinyText.Model(folder.Path);
            using Dataset data = TinyText.Opinions(32);
            model.FineTune(data, new AdamW(3e-3), new FineTuneOptions { Epochs = 2, BatchSize = 8, GradientCheckpointing = recomputes });
            return TinyText.Numbers(model.Module);
        }
    }

    private static (float[] Gradients, int Parts) Pass(string architecture, bool recomputes, long processSeed = 1)
    {
        using TextNetwork network = Build(architecture);
        using TokenInput inputs = Inputs(hasDecoder: architecture is "marian" or "bart" or "t5");
        network.train();
        manual_seed(processSeed);
        using TrainingPass pass = new(7, recomputes);
        using Tensor logits = network.call(inputs);
        using Tensor loss = logits.mul(logits).sum();
        pass.Backward(loss);
        return (
            [
                .. network
                    .parameters()
                    .SelectMany(parameter => parameter.grad is { } gradient ? gradient.contiguous().data<float>().ToArray() : [])
            ],
            pass.PartCount);
    }

    private static TextNetwork Build(string architecture) => architecture switch
    {
        "gpt2" => TinyDecoders.Build(TinyDecoders.Gpt2Config(Vocabulary), new HeadSpec(HeadKind.Vocabulary)),
        "marian" or "bart" => TinyDecoders.Build(TinyDecoders.MarianConfig(Vocabulary, architecture), new HeadSpec(HeadKind.Vocabulary)),
        "t5" => TinyDecoders.Build(TinyDecoders.T5Config(Vocabulary), new HeadSpec(HeadKind.Vocabulary)),
        _ => TinyDecoders.Build(TinyText.Config(architecture), new HeadSpec(HeadKind.Pooled, 2)),
    };

    private static TokenInput Inputs(bool hasDecoder)
    {
        using TokenInput rows = TokenInput.FromRows([[2, 5, 7, 9, 11, 3], [2, 6, 8, 3]], 0);
        return new TokenInput(rows.Ids.alias(), rows.Mask.alias())
        {
            DecoderIds = hasDecoder ? tensor(new long[] { 1, 4, 6, 8, 1, 5, 7, 9 }, [2, 4]).DetachFromDisposeScope() : null,
        };
    }
}
