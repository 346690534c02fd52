using TorchSharp;
using TorchSharp.Modules;
using TransferLearning.Layers;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class PackedWeightsTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(40)]
    public void Products_with_copies_are_those_of_the_weights_and_no_copy_outlives_its_owner(int rows)
    {
        Assert.SkipUnless(OneDnnScript.IsAvailable && OneDnnLinear.IsKnown && LibTorch.OneDnnIsOn, "oneDNN is off.");
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using torch.Generator random = new(1);
        Tensor input = randn([rows, 1, 300], generator: random), bias = randn(500, generator: random);
        using Parameter weight = new(randn([500, 300], generator: random), requires_grad: false);
        Tensor plain = nn.functional.linear(input, weight, bias);
        long live = LibTorch.LiveTensorCount;
        using (PackedWeights packed = new(areFaster: true))
        {
            for (int use = 0; use < 6 + 3; use++)
            {
                using DisposeScope inner = NewDisposeScope();
                Tensor product = FewRowProducts.Run(() => LinearProducts.Linear(input, weight, bias), true, packed);
                Assert.Equal(plain.shape, product.shape);
                Tensor difference = plain.sub(product).abs().max().div(plain.abs().max());
                Assert.InRange(difference.item<float>(), 0, 1e-6f);
                Assert.Equal(use >= 6, packed.Bytes > 0);
            }

            Assert.Equal(500 * 300 * sizeof(float), packed.Bytes);
            Assert.NotNull(packed.Of(weight, 1));
            Assert.Null(packed.Of(weight, 65));
        }

        Assert.Equal(live, LibTorch.LiveTensorCount);
    }

    [Fact]
    public void Copies_are_not_made_for_one_row_beyond_the_limit_or_where_they_are_no_faster()
    {
        Assert.SkipUnless(OneDnnScript.IsAvailable && OneDnnLinear.IsKnown && LibTorch.OneDnnIsOn, "oneDNN is off.");
        using IDisposable guard = no_grad();
        using Parameter first = new(ones(500, 300), requires_grad: false), second = new(ones(500, 300), requires_grad: false);
        using PackedWeights limited = new(mostBytes: 500 * 300 * sizeof(float), areFaster: true), slower = new(areFaster: false);
        for (int use = 0; use < 9; use++)
        {
            Assert.Null(limited.Of(second, 1));
            Assert.Null(slower.Of(first, 8));
        }

        for (int use = 0; use < 9; use++)
        {
            Assert.Equal(use >= 6, limited.Of(first, 8) is not null);
            Assert.Null(limited.Of(second, 8));
        }

        using PackedWeights open = new(areFaster: true);
        using Tensor turned = first.t(), computed = first.mul(2);
        for (int use = 0; use < 9; use++)
        {
            Assert.Null(open.Of(turned, 8));
            Assert.Null(open.Of(computed, 8));
        }
    }

    [Fact]
    public void Whether_they_are_faster_is_remembered_and_not_measured_where_forms_are_not()
        => ManyRowProductsTests.AssertIsRemembered(
            PackedWeights.Prefers, "products of 8 rows with copied weights", "copied", "stored");
}
