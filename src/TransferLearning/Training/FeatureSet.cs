using TorchSharp;

namespace TransferLearning;

/// <summary>The features of a set of samples: one row of numbers each. Owns its tensors; the caller disposes it.</summary>
public sealed class FeatureSet : IDisposable
{
    internal FeatureSet(torch.Tensor features, torch.Tensor labels, IReadOnlyList<string> classNames)
        => (Features, Labels, ClassNames) = (features, labels, classNames);

    /// <summary>[N, width] float32, in the order of the data set.</summary>
    public torch.Tensor Features { get; }

    /// <summary>[N] int64.</summary>
    public torch.Tensor Labels { get; }

    /// <summary>The names of the classes.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>How many samples there are.</summary>
    public int Count => (int)Features.size(0);

    /// <summary>How many numbers describe a sample.</summary>
    public int Width => (int)Features.size(1);

    /// <summary>The features of one sample, copied.</summary>
    public float[] ToArray(int index)
    {
        using torch.Tensor row = Features[index].cpu();
        return row.data<float>().ToArray();
    }

    /// <summary>Frees both tensors.</summary>
    public void Dispose()
    {
        Features.Dispose();
        Labels.Dispose();
    }
}
