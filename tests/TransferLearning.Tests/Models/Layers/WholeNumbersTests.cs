using System.Runtime.Intrinsics.X86;
using TorchSharp;
using TransferLearning.Layers;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Whole numbers in place of float32 are those of the definition, and pooling them is as exact as pooling float32.</summary>
public sealed class WholeNumbersTests
{
    [Theory]
    [InlineData(0.02, 0)]
    [InlineData(0.013, 118)]
    [InlineData(0.7, 255)]
    public void Numbers_go_to_the_nearest_whole_one_of_their_range(double scale, int zero)
    {
        RequireAvx2();
        using DisposeScope scope = NewDisposeScope();
        using torch.Generator generator = new(1);
        foreach (long count in (ReadOnlySpan<long>)[1, 31, 32, 33, 100, 70_001]) // below, at and past a vector and a stretch
        {
            Tensor numbers = randn(count, generator: generator).mul(2);
            Tensor expected = numbers.mul(1 / (float)scale).round().add(zero).clamp(0, 255).to(ScalarType.Byte);
            Assert.Equal(expected.data<byte>().ToArray(), WholeNumbers.Of(numbers, scale, zero).data<byte>().ToArray());
        }
    }

    [Fact]
    public void What_lies_outside_becomes_the_nearest_and_what_is_no_number_the_least()
    {
        RequireAvx2();
        float[] extremes = [float.NegativeInfinity, -1e30f, -1, 0, 0.5f, 1.5f, 3, 1e30f, float.PositiveInfinity, float.NaN];
        byte[] expected = [0, 0, 9, 10, 10, 12, 13, 255, 255, 0]; // halves go to the even number
        using Tensor numbers = tensor([.. extremes, .. extremes, .. extremes, .. extremes]); // vectors, and what is left of one
        using Tensor whole = WholeNumbers.Of(numbers, 1, 10);
        Assert.Equal([.. expected, .. expected, .. expected, .. expected], whole.data<byte>().ToArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_map_keeps_its_places_and_has_the_channels_last(bool hasChannelsLast)
    {
        RequireAvx2();
        using DisposeScope scope = NewDisposeScope();
        using torch.Generator generator = new(1);
        Tensor map = hasChannelsLast
            ? rand(2, 5, 6, 7, generator: generator).permute(0, 3, 1, 2)
            : rand(2, 7, 5, 6, generator: generator);
        Tensor whole = WholeNumbers.Of(map, 0.01, 3);
        Assert.Equal([2, 7, 5, 6], whole.shape);
        Assert.True(MemoryLayout.HasChannelsLast(whole));
        Assert.True(map.mul(100).round().add(3).eq(whole.to(ScalarType.Float32)).all().item<bool>());
    }

    [Theory]
    [InlineData(1, 64, 9, 8, 3, 2, 1)]
    [InlineData(2, 40, 7, 11, 3, 2, 0)] // 40 channels: a vector and eight more
    [InlineData(3, 5, 6, 6, 2, 2, 0)]
    [InlineData(1, 32, 1, 1, 3, 2, 1)]
    public void The_largest_of_windows_are_those_of_float32(
        long images, long channels, long height, long width, int kernel, int stride, int padding)
    {
        RequireAvx2();
        using DisposeScope scope = NewDisposeScope();
        using torch.Generator generator = new(1);
        Tensor map = randint(256, [images, height, width, channels], ScalarType.Byte, generator: generator).permute(0, 3, 1, 2);
        Tensor expected = nn.functional.max_pool2d(map.to(ScalarType.Float32), kernel, stride, padding);
        Tensor pooled = WholeNumbers.MaxPool(map, kernel, stride, padding);
        Assert.Equal(expected.shape, pooled.shape);
        Assert.True(expected.eq(pooled.to(ScalarType.Float32)).all().item<bool>());
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(5, 3, 3)] // 45 of a row: a vector of 32 and 13 more
    [InlineData(64, 3, 3)]
    public void Each_row_of_weights_has_the_scale_of_its_largest(long channels, long height, long width)
    {
        RequireAvx2();
        using DisposeScope scope = NewDisposeScope();
        using torch.Generator generator = new(1);
        Tensor weight = randn([4, channels, height, width], generator: generator);
        weight[2].zero_();
        Tensor factors = tensor([1f, -0.3f, 2f, 0.001f]);
        (Tensor whole, Tensor scales) = WholeNumbers.OfRows(weight, factors);

        Tensor multiplied = weight.mul(factors.view(-1, 1, 1, 1)).flatten(1);
        Assert.Equal(0, scales.sub(multiplied.abs().amax([1]).div(127)).abs().max().item<float>(), 1e-9f);
        Tensor rows = whole.flatten(1).to(ScalarType.Float32);
        Assert.Equal([127f, 127f, 0f, 127f], rows.abs().amax([1]).data<float>().ToArray());
        Tensor error = rows.mul(scales.view(-1, 1)).sub(multiplied).abs().div(scales.view(-1, 1));
        Assert.InRange(error.max().item<float>(), 0, 0.5001f);
    }

    private static void RequireAvx2() => Assert.SkipUnless(Avx2.IsSupported, "Whole numbers need AVX2.");
}
