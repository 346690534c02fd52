namespace TransferLearning;

/// <summary>Lays out the filters of a network with the channels last in memory, which the CPU's convolutions read faster, and puts them
/// back when disposed. Shapes, names and numbers stay the same.</summary>
internal sealed class ChannelsLast : IDisposable
{
    private readonly Network _network;

    public ChannelsLast(Network network)
    {
        _network = network;
        Lay(filter => Of(filter));
    }

    /// <summary>A copy of a [N, C, H, W] tensor with the channels last in memory; the caller disposes it.</summary>
    public static Tensor Of(Tensor tensor) => MemoryLayout.WithChannelsLast(tensor);

    public void Dispose() => Lay(filter => filter.contiguous());

    private void Lay(Func<Tensor, Tensor> layout)
    {
        using IDisposable guard = no_grad();
        foreach (TorchSharp.Modules.Parameter filter in _network.parameters().Where(parameter => parameter.dim() == 4))
        {
            using Tensor laid = layout(filter);
            filter.set_(laid);
        }
    }
}
