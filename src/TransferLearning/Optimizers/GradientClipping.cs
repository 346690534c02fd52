namespace TransferLearning;

/// <summary>Keeps gradients from growing too large, before each step: <see cref="ClipByNorm"/> or <see cref="ClipByValue"/>.</summary>
public abstract record GradientClipping
{
    private protected GradientClipping() { }

    /// <summary>Clips the gradients of the parameters in place; parameters without a gradient are skipped.</summary>
    /// <returns>The norm of all gradients together before clipping, or null when the kind does not measure it.</returns>
    internal abstract double? Apply(IEnumerable<torch.Tensor> parameters);
}
