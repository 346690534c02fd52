namespace TransferLearning;

/// <summary>
/// Some sounds ready for a network: samples, or what a front end made of them, padded to one length. It owns its tensors.
/// </summary>
public sealed class AudioInput : ModelInput
{
    /// <summary>Takes tensors over; they are disposed with this object.</summary>
    /// <param name="values">Samples, float32 [N, T], or frames, float32 [N, bands, frames].</param>
    /// <param name="lengths">How many samples or frames of each are no padding, int64 [N]; null means that there is no padding.</param>
    /// <exception cref="ArgumentException">The shapes are others, or the numbers of sounds differ.</exception>
    public AudioInput(Tensor values, Tensor? lengths = null)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.dim() is not (2 or 3))
        {
            throw new ArgumentException(
                $"Sounds have the shape [N, samples] or [N, bands, frames]; this tensor has [{string.Join(", ", values.shape)}].",
                nameof(values));
        }

        if (lengths is not null && (lengths.dim() != 1 || lengths.size(0) != values.size(0)))
        {
            throw new ArgumentException(
                $"There are {values.size(0)} sounds, and the lengths have the shape [{string.Join(", ", lengths.shape)}].",
                nameof(lengths));
        }

        (Values, Lengths) = (values.DetachFromDisposeScope(), lengths?.DetachFromDisposeScope());
    }

    /// <summary>Samples, float32 [N, T], or frames, float32 [N, bands, frames].</summary>
    public Tensor Values { get; }

    /// <summary>How many samples or frames of each are no padding, int64 [N]; null means that there is no padding.</summary>
    public Tensor? Lengths { get; }

    /// <summary>What the decoder of an encoder-decoder reads, int64 [N, M]; null for other networks. Disposed with this object.</summary>
    public Tensor? DecoderIds { get; init; }

    /// <inheritdoc/>
    public override int Count => checked((int)Values.size(0));

    /// <inheritdoc/>
    public override AudioInput To(Device device)
    {
        torch.Device place = device.ToTorch();
        return Map(tensor => tensor.device_type == place.type ? tensor.alias() : tensor.to(place));
    }

    /// <inheritdoc/>
    public override AudioInput Narrow(int count) => Map(tensor => tensor.narrow(0, 0, count));

    internal override AudioInput WithDecoder(Tensor ids) => new(Values, Lengths) { DecoderIds = ids.DetachFromDisposeScope() };

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Values.Dispose();
        Lengths?.Dispose();
        DecoderIds?.Dispose();
    }

    private AudioInput Map(Func<Tensor, Tensor> change)
        => new(change(Values), Lengths is null ? null : change(Lengths))
        {
            DecoderIds = DecoderIds is null ? null : change(DecoderIds).DetachFromDisposeScope(),
        };
}
