namespace TransferLearning;

/// <summary>Images for a network: [N, 3, H, W] float32, normalised as its weights want it.</summary>
public sealed class ImageInput : TensorInput
{
    /// <summary>Takes a tensor over; it is disposed with this object.</summary>
    /// <param name="values">[N, 3, H, W].</param>
    /// <exception cref="ArgumentException">The tensor does not have four axes.</exception>
    public ImageInput(Tensor values) : base(values)
    {
        if (values.dim() != 4)
        {
            throw new ArgumentException(
                $"Images have the shape [N, channels, height, width]; this tensor has [{string.Join(", ", values.shape)}].",
                nameof(values));
        }
    }

    /// <inheritdoc/>
    private protected override TensorInput With(Tensor values) => new ImageInput(values);
}
