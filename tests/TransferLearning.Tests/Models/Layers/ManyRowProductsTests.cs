using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class ManyRowProductsTests
{
    [Theory]
    [InlineData(new long[] { 70, 24 }, true, false)]
    [InlineData(new long[] { 5, 14, 24 }, false, false)]
    [InlineData(new long[] { 5, 14, 24 }, true, true)] // a weight that lies the other way round
    public void A_convolution_gives_results_and_gradients_of_the_product(long[] shape, bool hasBias, bool isTransposed)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(7);
        Tensor images = randn(shape, generator: generator);
        Tensor stored = randn(isTransposed ? [24, 40] : [40, 24], generator: generator);
        Tensor offsets = randn(40, generator: generator);

        (Tensor Output, Tensor?[] Gradients) product = Run(nn.functional.linear), convolution = Run(ManyRowProducts.Convolve);

        Assert.Equal([.. shape[..^1], 40], convolution.Output.shape);
        Assert.True(allclose(product.Output, convolution.Output, rtol: 1e-5, atol: 1e-5));
        Assert.All(
            product.Gradients.Zip(convolution.Gradients),
            pair => Assert.True(pair.First is null ? pair.Second is null : allclose(pair.First, pair.Second!, rtol: 1e-4, atol: 1e-4)));

        (Tensor Output, Tensor?[] Gradients) Run(Func<Tensor, Tensor, Tensor?, Tensor> multiply)
        {
            Tensor input = images.clone().requires_grad_(), weight = stored.clone().requires_grad_();
            Tensor? bias = hasBias ? offsets.clone().requires_grad_() : null;
            Tensor output = multiply(input, isTransposed ? weight.t() : weight, bias);
            output.square().sum().backward();
            return (output, [input.grad, weight.grad, bias?.grad]);
        }
    }

    [Fact]
    public void What_was_faster_is_remembered_and_nothing_is_measured_where_forms_are_not()
    {
        AssertIsRemembered(ManyRowProducts.PrefersConvolution, "products of 256 rows of 768 numbers by 3072", "convolution", "product");
    }

    internal static void AssertIsRemembered(Func<MeasuredForms, bool> prefers, string work, string other, string usual)
    {
        MeasuredForms forms = new(path: null);
        string key = MeasuredForms.Key(work);

        Assert.False(prefers(new MeasuredForms(path: null, isOn: false)));
        bool isFaster = prefers(forms);

        Assert.Equal(isFaster ? other : usual, forms.Find(key, [other, usual], NullLogger.Instance));
        forms.Keep(key, other, NullLogger.Instance);
        Assert.True(prefers(forms));
        forms.Keep(key, usual, NullLogger.Instance);
        Assert.False(prefers(forms));
    }

    [Fact]
    public void Programs_that_record_operators_find_the_plain_product()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using Generator generator = new(3);
        Tensor input = randn([256, 512], generator: generator), weight = randn([512, 512], generator: generator);
        Tensor plain = nn.functional.linear(input, weight);

        using (PlainOperators outer = new())
        {
            using (PlainOperators inner = new())
            {
                inner.Dispose();
            }

            Assert.True(PlainOperators.AreWanted);
            Assert.True(plain.equal(LinearProducts.Linear(input, weight, null)).all().item<bool>());
        }

        Assert.False(PlainOperators.AreWanted);
    }
}
