namespace TransferLearning;

/// <summary>What a network takes: some examples as tensors, of one kind for each modality. It owns its tensors; whoever makes it disposes
/// it.</summary>
public abstract class ModelInput : IDisposable
{
    /// <summary>The number of examples.</summary>
    public abstract int Count { get; }

    /// <summary>The same input on a device. The caller disposes both; tensors that are there already are shared, not copied.</summary>
    /// <param name="device">Where the network is.</param>
    public abstract ModelInput To(Device device);

    /// <summary>The first examples as an input of their own, which shares memory with this one; the caller disposes both.</summary>
    /// <param name="count">How many, from 1 to <see cref="Count"/>.</param>
    public abstract ModelInput Narrow(int count);

    /// <summary>The same tensors with what a decoder reads, in place of this object, which is not disposed then.</summary>
    /// <param name="ids">int64 [N, M]; taken over.</param>
    internal virtual ModelInput WithDecoder(torch.Tensor ids)
        => throw new NotSupportedException($"Nothing is written of a {GetType().Name}.");

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the tensors.</summary>
    /// <param name="disposing">Always true: no input has a finalizer.</param>
    protected abstract void Dispose(bool disposing);
}
