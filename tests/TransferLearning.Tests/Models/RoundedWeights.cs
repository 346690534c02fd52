using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Networks whose weights are not changed by a copy in fewer bits.</summary>
internal static class RoundedWeights
{
    /// <summary>Makes weights of numbers that a copy has too.</summary>
    public static void Apply(Network network, Precision precision)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((_, Parameter weight) in network.named_parameters().Where(entry => entry.parameter.dim() == 2))
        {
            weight.copy_(precision == Precision.BFloat16 ? weight.to(bfloat16) : Whole(weight));
        }
    }

    // Whole numbers with one scale, the largest of which is in each row and each column, as a weight may be stored either way.
    private static Tensor Whole(Tensor weight)
    {
        double scale = Math.Pow(2, Math.Round(Math.Log2(weight.abs().max().item<float>() / 127)));
        Tensor numbers = weight.div(scale).round().clamp(-127, 127);
        (long rows, long columns) = (weight.size(0), weight.size(1));
        Tensor places = arange(Math.Max(rows, columns), int64);
        numbers[places.remainder(rows), places.remainder(columns)] = 127f;
        return numbers.mul(scale);
    }
}
