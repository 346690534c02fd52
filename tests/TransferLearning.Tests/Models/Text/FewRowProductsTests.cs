using TorchSharp;
using TransferLearning.Layers;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class FewRowProductsTests
{
    private static readonly int[][] Prompts = [[5, 9, 12, 3], [7], [20, 21, 22, 23, 24, 25, 26]];

    public static TheoryData<string> Kinds => ["gpt2", "marian", "bart", "t5"];

    [Theory]
    [InlineData(1, false, true)]
    [InlineData(1, true, true)]
    [InlineData(5, false, false)]
    [InlineData(8, true, true)]
    public void A_few_rows_are_multiplied_as_LibTorch_does(int rows, bool storesInputsFirst, bool hasBias)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Generator random = new(1);
        Tensor input = randn([rows, 1, 48], generator: random);
        Tensor weight = storesInputsFirst ? randn([48, 70], generator: random).t() : randn([70, 48], generator: random);
        Tensor? bias = hasBias ? randn(70, generator: random) : null;
        Tensor plain = FewRowProducts.Linear(input, weight, bias);
        Tensor fast = FewRowProducts.Run(() => FewRowProducts.Linear(input, weight, bias));
        Assert.Equal([rows, 1, 70], fast.shape);
        Assert.InRange(Difference(plain, fast), 0, 1e-6);
        Assert.Equal(0, Difference(plain, nn.functional.linear(input, weight, bias))); // outside nothing changes
        if (OneDnnLinear.IsKnown && LibTorch.OneDnnIsOn)
        {
            Assert.Equal(0, Difference(fast, OneDnnLinear.Run(input, weight, bias)));
        }
    }

    [Fact]
    public void Many_rows_gradients_and_other_types_are_left_to_LibTorch()
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator random = new(1);
        Tensor rows = randn([9, 64], generator: random), weight = randn([33, 64], generator: random).requires_grad_();
        using (no_grad())
        {
            Tensor many = FewRowProducts.Run(() => FewRowProducts.Linear(rows, weight, null));
            Assert.Equal(0, Difference(nn.functional.linear(rows, weight), many));
            Tensor exact = rows.to(float64).narrow(0, 0, 1);
            Assert.Equal(
                ScalarType.Float64, FewRowProducts.Run(() => FewRowProducts.Linear(exact, weight.to(float64), null)).dtype);
        }

        FewRowProducts.Run(() => FewRowProducts.Linear(rows.narrow(0, 0, 1), weight, null)).sum().backward();
        Assert.Equal(0, Difference(rows.narrow(0, 0, 1).expand(33, 64), weight.grad!));
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused_and_no_tensor_is_left()
    {
        using IDisposable guard = no_grad();
        using Tensor input = ones(1, 4), weight = ones(3, 5), good = ones(3, 4);
        long before = LibTorch.LiveTensorCount;
        Assert.ThrowsAny<Exception>(() => FewRowProducts.Run(() => FewRowProducts.Linear(input, weight, null)));
        FewRowProducts.Run(() => FewRowProducts.Linear(input, good, null)).Dispose();
        using (NewDisposeScope())
        {
            _ = FewRowProducts.Run(() => FewRowProducts.Linear(input, good, null));
        }

        Assert.Equal(before, LibTorch.LiveTensorCount);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Tokens_and_beams_are_those_of_the_plain_products(string kind)
    {
        using TextNetwork network = DecodingTests.Network(kind);
        PlainDecoder plain = new((IDecodingNetwork)network);
        foreach (int[][] prompts in new[] { Prompts, [Prompts[0]] })
        {
            GenerationOptions options = new() { MaxNewTokens = 20, MinNewTokens = 20 };
            (GeneratedTokens[] expected, GeneratedTokens[] written) = (Write(plain, prompts), Write((IDecodingNetwork)network, prompts));
            Equal(expected, written);
            options = options with { Beams = 2 };
            Equal(Search(plain, prompts), Search((IDecodingNetwork)network, prompts));

            GeneratedTokens[] Write(IDecodingNetwork who, int[][] texts)
            {
                using TokenDecoding decoding = new(who, texts, DecodingTests.Rules(network), options, CPU);
                while (decoding.Step())
                {
                }

                return [.. decoding.Results.Select(result => result!)];
            }

            GeneratedTokens[] Search(IDecodingNetwork who, int[][] texts)
            {
                using BeamDecoding search = new(who, texts, DecodingTests.Rules(network), options, CPU);
                while (search.Step())
                {
                }

                return [.. search.Results.SelectMany(found => found)];
            }
        }

        static void Equal(GeneratedTokens[] expected, GeneratedTokens[] written)
        {
            Assert.Equal(expected.Select(text => text.Tokens), written.Select(text => text.Tokens));
            Assert.All(expected.Zip(written), pair => Assert.Equal(pair.First.LogProbability, pair.Second.LogProbability, 1e-3));
        }
    }

    private static double Difference(Tensor expected, Tensor actual)
        => expected.sub(actual).abs().max().div(expected.abs().max()).item<float>();

    /// <summary>Decodes on another thread, which the products are not for.</summary>
    private sealed class PlainDecoder(IDecodingNetwork network) : IDecodingNetwork
    {
        public int? MaximumLength => network.MaximumLength;
        public bool HasEncoder => network.HasEncoder;

        public DecoderCache Begin(ModelInput input) => network.Begin(input);

        public Tensor NextLogits(Tensor ids, DecoderCache cache)
        {
            Tensor? logits = null;
            Thread thread = new(() =>
            {
                using IDisposable guard = no_grad();
                logits = network.NextLogits(ids, cache);
            });
            thread.Start();
            thread.Join();
            using Tensor elsewhere = logits!;
            return elsewhere.alias();
        }
    }
}
