using TorchSharp;
using TransferLearning.Layers;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class FewRowProductsTests
{
    internal static readonly int[][] Prompts = [[5, 9, 12, 3], [7], [20, 21, 22, 23, 24, 25, 26]];

    public static TheoryData<string> Kinds => ["gpt2", "marian", "bart", "t5"];

    [Theory]
    [InlineData(1, false, true, true)]
    [InlineData(1, true, true, true)]
    [InlineData(5, false, false, true)]
    [InlineData(12, true, true, true)]
    [InlineData(13, false, true, false)] // LibTorch is as fast
    [InlineData(13, true, false, true)]
    public void Products_are_those_of_LibTorch(int rows, bool storesInputsFirst, bool hasBias, bool isFaster)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Generator random = new(1);
        Tensor input = randn([rows, 1, 300], generator: random);
        Tensor weight = storesInputsFirst ? randn([300, 500], generator: random).t() : randn([500, 300], generator: random);
        Tensor? bias = hasBias ? randn(500, generator: random) : null;
        Tensor plain = LinearProducts.Linear(input, weight, bias);
        Tensor fast = FewRowProducts.Run(() => LinearProducts.Linear(input, weight, bias));
        Assert.Equal([rows, 1, 500], fast.shape);
        Assert.InRange(Difference(plain, fast), 0, 1e-6);
        Tensor expected = nn.functional.linear(input, weight, bias);
        Assert.Equal(0, Difference(plain, expected)); // outside nothing changes
        bool isOneDnn = isFaster && OneDnnLinear.IsKnown && LibTorch.OneDnnIsOn;
        Assert.Equal(0, Difference(fast, isOneDnn ? OneDnnLinear.Run(input, weight, bias) : expected));
    }

    [Fact]
    public void Gradients_small_weights_other_types_and_what_is_not_wanted_are_left_to_LibTorch()
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator random = new(1);
        Tensor row = randn([1, 300], generator: random), weight = randn([500, 300], generator: random).requires_grad_();
        FewRowProducts.Run(() => LinearProducts.Linear(row, weight, null)).sum().backward();
        Assert.Equal(0, Difference(row.expand(500, 300), weight.grad!));
        using IDisposable guard = no_grad();
        Tensor small = weight.narrow(0, 0, 400), exact = row.to(float64), exactWeight = weight.to(float64);
        Assert.Equal(0, Difference(nn.functional.linear(row, small), FewRowProducts.Run(() => LinearProducts.Linear(row, small, null))));
        Assert.Equal(
            0,
            Difference(
                nn.functional.linear(exact, exactWeight), FewRowProducts.Run(() => LinearProducts.Linear(exact, exactWeight, null))));
        Assert.Equal(
            0,
            Difference(
                nn.functional.linear(row, weight),
                FewRowProducts.Run(() => LinearProducts.Linear(row, weight, null), isWanted: false)));
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused_and_no_tensor_is_left()
    {
        using IDisposable guard = no_grad();
        using Tensor input = ones(1, 300), weight = ones(500, 301), good = ones(500, 300);
        long before = LibTorch.LiveTensorCount;
        Assert.ThrowsAny<Exception>(() => FewRowProducts.Run(() => LinearProducts.Linear(input, weight, null)));
        FewRowProducts.Run(() => LinearProducts.Linear(input, good, null)).Dispose();
        using (NewDisposeScope())
        {
            _ = FewRowProducts.Run(() => LinearProducts.Linear(input, good, null));
        }

        Assert.Equal(before, LibTorch.LiveTensorCount);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Tokens_and_beams_are_those_of_the_plain_products(string kind)
    {
        using TextNetwork network = DecodingTests.Network(kind, width: 256);
        foreach (int[][] prompts in new[] { Prompts, [Prompts[0]] })
        {
            foreach (int beams in new[] { 1, 2 })
            {
                AssertSame(Written(network, prompts, beams, useCache: false), Written(network, prompts, beams));
            }
        }
    }

    [Fact]
    public void The_best_token_is_the_first_of_the_largest_and_no_NaN()
    {
        SeededRandom random = new(1);
        foreach (int length in new[] { 1, 7, 8, 16, 100, 1003 })
        {
            float[] logits = [.. Enumerable.Range(0, length).Select(_ => (float)Math.Floor(20 * random.NextDouble()))];
            Assert.Equal(Array.IndexOf(logits, logits.Max()), TokenSampler.ArgMax(logits));
        }

        float[] some = [1, float.NaN, float.NegativeInfinity, 3, 3, .. new float[20], 5, float.NaN, 5];
        Assert.Equal(25, TokenSampler.ArgMax(some));
        Assert.Equal(0, TokenSampler.ArgMax([.. Enumerable.Repeat(float.NegativeInfinity, 20)]));
    }

    [Fact]
    public void Log_probabilities_are_those_of_a_softmax_in_double_precision()
    {
        SeededRandom random = new(1);
        float[] logits = [.. Enumerable.Range(0, 1003).Select(_ => (float)(60 * random.NextDouble()) - 30)];
        (logits[3], logits[500]) = (float.NegativeInfinity, -3e38f);
        double sum = logits.Sum(logit => Math.Exp(logit));
        Assert.All(
            new[] { 0, 77, 1002 },
            token => Assert.Equal(logits[token] - Math.Log(sum), TokenSampler.LogProbability(logits, token), 1e-12));
        Assert.Equal(double.NegativeInfinity, TokenSampler.LogProbability(logits, 3));
    }

    /// <summary>Twelve tokens after each prompt; with beams all texts that were found.</summary>
    internal static GeneratedTokens[] Written(
        TextNetwork network, int[][] prompts, int beams, bool useCache = true, NarrowWeights? narrow = null)
    {
        GenerationOptions options = new() { MaxNewTokens = 12, MinNewTokens = 12, Beams = beams, UseCache = useCache };
        IDecodingNetwork decoder = (IDecodingNetwork)network;
        DecodingRules rules = DecodingTests.Rules(network);
        using Decoding decoding = beams > 1
            ? new BeamDecoding(decoder, prompts, rules, options, CPU, narrow)
            : new TokenDecoding(decoder, prompts, rules, options, CPU, narrow: narrow);
        while (decoding.Step())
        {
        }

        return decoding is BeamDecoding search
            ? [.. search.Results.SelectMany(found => found)]
            : [.. ((TokenDecoding)decoding).Results.Select(result => result!)];
    }

    internal static void AssertSame(GeneratedTokens[] expected, GeneratedTokens[] written)
    {
        Assert.Equal(expected.Select(text => text.Tokens), written.Select(text => text.Tokens));
        Assert.All(expected.Zip(written), pair => Assert.Equal(pair.First.LogProbability, pair.Second.LogProbability, 1e-3));
    }

    private static double Difference(Tensor expected, Tensor actual)
        => expected.sub(actual).abs().max().div(expected.abs().max()).to(float64).item<double>();
}
