namespace TransferLearning;

/// <summary>Scales all gradients together so that their common norm is at most a number: PyTorch's <c>clip_grad_norm_</c>, which multiplies
/// by min(1, maximum / (norm + 1e-6)).</summary>
public sealed record ClipByNorm : GradientClipping
{
    /// <summary>Creates the clipping.</summary>
    /// <param name="maximum">The largest allowed norm, at least 0.</param>
    /// <param name="normType">Which p-norm, above 0; 2 is the Euclidean one and positive infinity the largest magnitude.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public ClipByNorm(double maximum, double normType = 2)
    {
        Maximum = ValidNumber.NotNegative(maximum, nameof(maximum));
        NormType = double.IsPositiveInfinity(normType) ? normType : ValidNumber.Positive(normType, nameof(normType));
    }

    /// <summary>The largest allowed norm.</summary>
    public double Maximum { get; }

    /// <summary>Which p-norm.</summary>
    public double NormType { get; }

    /// <inheritdoc/>
    internal override double? Apply(IEnumerable<torch.Tensor> parameters)
    {
        using IDisposable noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor[] gradients = [.. parameters.Select(parameter => parameter.grad).OfType<torch.Tensor>()];
        if (gradients.Length == 0)
        {
            return 0;
        }

        float p = (float)NormType;
        torch.Device device = gradients[0].device;
        torch.Tensor norm = torch.stack([.. gradients.Select(gradient => gradient.norm(p).to(device))]).norm(p);
        torch.Tensor factor = norm.Add(1e-6).reciprocal().MultiplyInPlace(Maximum);

        // A factor of 1 or more changes nothing; one that is not a number must reach the gradients, as it does in PyTorch.
        if (!(factor.to(torch.float64).item<double>() >= 1))
        {
            foreach (torch.Tensor gradient in gradients)
            {
                gradient.mul_(factor.to(gradient.dtype, gradient.device));
            }
        }

        return norm.to(torch.float64).item<double>();
    }
}
