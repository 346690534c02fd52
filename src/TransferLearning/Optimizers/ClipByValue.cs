namespace TransferLearning;

/// <summary>Cuts every element of every gradient to [-maximum, maximum]: PyTorch's <c>clip_grad_value_</c>.</summary>
public sealed record ClipByValue : GradientClipping
{
    /// <summary>Creates the clipping.</summary>
    /// <param name="maximum">The largest allowed magnitude, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or not finite.</exception>
    public ClipByValue(double maximum) => Maximum = ValidNumber.NotNegative(maximum, nameof(maximum));

    /// <summary>The largest allowed magnitude.</summary>
    public double Maximum { get; }

    /// <inheritdoc/>
    internal override double? Apply(IEnumerable<torch.Tensor> parameters)
    {
        using IDisposable noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        using Scalar low = (-Maximum).ToScalar(), high = Maximum.ToScalar();
        foreach (torch.Tensor parameter in parameters)
        {
            parameter.grad?.clamp_(low, high);
        }

        return null;
    }
}
