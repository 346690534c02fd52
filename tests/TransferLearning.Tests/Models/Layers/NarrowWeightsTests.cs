using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;
using TorchSharp.Modules;
using TransferLearning.Layers;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class NarrowWeightsTests
{
    private const string Missing = "The processor has no AVX2.";

    public static TheoryData<Precision, int, bool, int> Products
    {
        get
        {
            TheoryData<Precision, int, bool, int> cases = [];
            foreach (Precision precision in new[] { Precision.BFloat16, Precision.Int8 })
            {
                foreach (int rows in new[] { 1, 2, 4, 5, 12 })
                {
                    cases.Add(precision, rows, rows % 2 == 0, 513 + (rows % 4)); // outputs of every remainder
                }
            }

            return cases;
        }
    }

    private static bool AreThere => NarrowProduct.IsSupported;

    [Theory]
    [MemberData(nameof(Products))]
    public void Products_are_those_of_the_weights_as_they_are_rounded(Precision precision, int rows, bool storesInputsFirst, int outputs)
    {
        Assert.SkipUnless(AreThere, Missing);
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Generator random = new(1);
        Tensor input = randn([rows, 1, 272], generator: random), bias = randn(outputs, generator: random);
        using Parameter stored = new(
            randn(storesInputsFirst ? [272, outputs] : [outputs, 272], generator: random), requires_grad: false);
        Tensor weight = storesInputsFirst ? stored.t() : stored;
        Tensor rounded = Rounded(weight, precision);
        long live = LibTorch.LiveTensorCount;
        using (NarrowWeights narrow = new(precision, "a network"))
        {
            foreach (Tensor? added in new[] { bias, null })
            {
                using DisposeScope inner = NewDisposeScope();
                Tensor product = FewRowProducts.Run(() => LinearProducts.Linear(input, weight, added, stored), narrow: narrow);
                Tensor expected = nn.functional.linear(input.to(float64), rounded, added?.to(float64));
                Assert.Equal(expected.shape, product.shape);
                Assert.InRange(expected.sub(product).norm().div(expected.norm()).item<double>(), 0, 1e-6);
            }

            long each = precision == Precision.Int8 ? 1 : 2;
            Assert.Equal((outputs + 3) / 4 * 4 * 272 * each, narrow.Bytes);
        }

        Assert.Equal(live, LibTorch.LiveTensorCount);
    }

    [Fact]
    public void Many_rows_and_weights_that_are_computed_or_unsuited_stay_float32_which_is_logged()
    {
        Assert.SkipUnless(AreThere, Missing);
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Generator random = new(1);
        LinesLogger logger = new();
        using NarrowWeights narrow = new(Precision.Int8, "GPT-2", logger);
        using Parameter weight = new(randn([512, 272], generator: random), requires_grad: false);
        using Parameter odd = new(randn([512, 270], generator: random), requires_grad: false);
        using Parameter broken = new(randn([512, 272], generator: random).fill_(float.NaN), requires_grad: false);
        Tensor many = randn([13, 272], generator: random), row = many.narrow(0, 0, 1), computed = weight.mul(1);

        AssertIsPlain(many, weight);
        AssertIsPlain(row, computed);
        Assert.Empty(logger.Lines);
        AssertIsPlain(row.narrow(1, 0, 270), odd);
        AssertIsPlain(row, broken);
        AssertIsPlain(row, broken);
        Assert.Equal(0, narrow.Bytes);
        Assert.Collection(
            logger.Lines,
            line => Assert.Equal(
                "A weight of GPT-2, 512 x 270, stays float32 and is not copied in Int8: its shape is not one for them", line),
            line => Assert.Equal(
                "A weight of GPT-2, 512 x 272, stays float32 and is not copied in Int8: its product differs by NaN of its norm", line));

        void AssertIsPlain(Tensor input, Tensor stored)
        {
            Tensor plain = FewRowProducts.Run(() => LinearProducts.Linear(input, stored, null));
            Tensor product = FewRowProducts.Run(() => LinearProducts.Linear(input, stored, null), narrow: narrow);
            Assert.Equal(plain.bytes.ToArray(), product.bytes.ToArray());
        }
    }

    [Fact]
    public void A_weight_of_zeros_has_a_copy()
    {
        Assert.SkipUnless(AreThere, Missing);
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using NarrowWeights narrow = new(Precision.Int8, "a network");
        using Parameter weight = new(zeros(512, 272), requires_grad: false);
        Tensor product = FewRowProducts.Run(() => LinearProducts.Linear(ones(1, 272), weight, null), narrow: narrow);
        Assert.Equal(0, product.abs().max().item<float>());
        Assert.Equal(512 * 272, narrow.Bytes);
    }

    [Fact]
    public void Copies_need_no_oneDNN_but_no_gradient_goes_through_them()
    {
        Assert.SkipUnless(AreThere, Missing);
        using DisposeScope scope = NewDisposeScope();
        using Parameter weight = new(ones(512, 272));
        using NarrowWeights narrow = new(Precision.Int8, "a network");
        LibTorch.Configure(new RuntimeOptions { OneDnn = OneDnnMode.Off });
        try
        {
            FewRowProducts.Run(() => LinearProducts.Linear(ones(1, 272), weight, null), narrow: narrow).sum().backward();
            Assert.Equal(512 * 272, weight.grad!.sum().item<float>());
            Assert.Equal(0, narrow.Bytes);
            using IDisposable guard = no_grad();
            Tensor product = FewRowProducts.Run(() => LinearProducts.Linear(ones(1, 272), weight, null), narrow: narrow);
            Assert.InRange(product.sub(272).abs().max().item<float>(), 0, 1e-3);
            Assert.Equal(512 * 272, narrow.Bytes);
        }
        finally
        {
            LibTorch.Configure(new RuntimeOptions());
        }
    }

    [Fact]
    public void Many_threads_share_the_copies()
    {
        Assert.SkipUnless(AreThere, Missing);
        using Parameter weight = new(ones(512, 272).mul(0.5f), requires_grad: false);
        using NarrowWeights narrow = new(Precision.BFloat16, "a network");
        Parallel.For(1, 65, i =>
        {
            using IDisposable guard = no_grad();
            using DisposeScope scope = NewDisposeScope();
            Tensor product = FewRowProducts.Run(() => LinearProducts.Linear(full(1, 272, (float)i), weight, null), narrow: narrow);
            Assert.Equal([512], product.eq(136f * i).sum(1).data<long>().ToArray());
        });
        Assert.Equal(2 * 512 * 272, narrow.Bytes);
    }

    [Theory]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.Int8)]
    public void Whether_they_are_faster_is_remembered_and_assumed_where_forms_are_not_measured(Precision precision)
    {
        Assert.SkipUnless(AreThere, Missing);
        MeasuredForms forms = new(path: null);
        string key = MeasuredForms.Key($"products of 1 row with weights in {precision}");
        string[] both = [$"{Precision.Float32}", $"{precision}"];

        Assert.True(NarrowWeights.Prefers(precision, new MeasuredForms(path: null, isOn: false)));
        bool areFaster = NarrowWeights.Prefers(precision, forms);

        Assert.Equal(both[areFaster ? 1 : 0], forms.Find(key, both, NullLogger.Instance));
        forms.Keep(key, both[0], NullLogger.Instance);
        Assert.False(NarrowWeights.Prefers(precision, forms));
    }

    [Theory]
    [InlineData("gpt2", Precision.BFloat16)]
    [InlineData("gpt2", Precision.Int8)]
    [InlineData("marian", Precision.Int8)]
    [InlineData("bart", Precision.BFloat16)]
    [InlineData("t5", Precision.Int8)]
    public void Tokens_and_beams_are_those_of_float32_where_rounding_changes_no_weight(string kind, Precision precision)
    {
        Assert.SkipUnless(AreThere, Missing);
        using TextNetwork network = DecodingTests.Network(kind, width: 256);
        RoundedWeights.Apply(network, precision);
        int[][] prompts = FewRowProductsTests.Prompts;
        using NarrowWeights narrow = new(precision, kind);
        foreach (int beams in new[] { 1, 2 })
        {
            FewRowProductsTests.AssertSame(
                FewRowProductsTests.Written(network, prompts, beams), FewRowProductsTests.Written(network, prompts, beams, narrow: narrow));
        }

        Assert.True(narrow.Bytes > 0);
    }

    // By definition: float64, rows by the largest of each where whole numbers have 8 bits.
    private static Tensor Rounded(Tensor weight, Precision precision)
    {
        if (precision == Precision.BFloat16)
        {
            return weight.to(bfloat16).to(float64);
        }

        Tensor scales = weight.to(float64).abs().amax([1L], keepdim: true).div(127);
        return weight.to(float64).div(scales).round().mul(scales);
    }
}
