namespace TransferLearning;

/// <summary>The penalised cross entropy of a linear layer on features, and its gradient.</summary>
/// <param name="features">[N, width], float32 or float64; it stays the caller's.</param>
/// <param name="squares">[width], the squared norms of its columns.</param>
/// <param name="targets">[N] int64 class numbers, or [N, outputs] with 1 for each label that holds.</param>
/// <param name="outputs">The number of outputs.</param>
internal sealed class LogisticLoss(Tensor features, Tensor squares, Tensor targets, int outputs)
{
    private readonly long _weights = outputs * features.size(1);
    private readonly bool _isMultiLabel = targets.dim() == 2;

    // Class numbers as 1 and 0, so that both kinds share one gradient.
    private readonly Tensor _truth = (targets.dim() == 2 ? targets : nn.functional.one_hot(targets, outputs)).to(features.dtype);

    /// <summary>How many samples there are.</summary>
    public long Count => features.size(0);

    /// <summary>All weights and biases 0.</summary>
    public Tensor Start => zeros([_weights + outputs], features.dtype);

    /// <summary>
    /// About the inverse of the second derivative in each direction, as it is at the start where all classes are equally likely and
    /// columns are orthogonal.
    /// </summary>
    public Tensor InverseCurvature(double strength)
    {
        double share = strength * (_isMultiLabel ? 0.25 : 1.0 / outputs);
        Tensor ofWeights = squares.Multiply(share).Add(1.0).repeat(outputs);
        return cat([ofWeights, Scalars.Full([outputs], share * Count, features.dtype)], 0).reciprocal();
    }

    /// <summary>The weights [outputs, width] and biases [outputs] of a point, as views.</summary>
    public (Tensor Weight, Tensor Bias) Split(Tensor point)
        => (point.narrow(0, 0, _weights).view(outputs, features.size(1)), point.narrow(0, _weights, outputs));

    /// <summary>|W|²/2 + C times the sum of cross entropies, and the gradient, which joins the caller's dispose scope.</summary>
    public (double Value, Tensor Gradient) At(Tensor point, double strength)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor weight, Tensor bias) = Split(point);
        (Tensor loss, Tensor probabilities) = Predict(weight, bias);
        Tensor slope = probabilities.sub(_truth).MultiplyInPlace(strength);
        Tensor ofWeight = slope.t().mm(features).AddInPlace(weight);
        Tensor gradient = cat([ofWeight.view(-1), slope.sum([0])], 0);
        double penalty = weight.Square().sum(ScalarType.Float64).item<double>() / 2;
        return (penalty + (strength * loss.item<double>()), gradient.MoveToOuterDisposeScope());
    }

    /// <summary>The sum of cross entropies, and how many samples are predicted correctly.</summary>
    public (double Loss, long Correct) Score(Tensor point)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor weight, Tensor bias) = Split(point);
        (Tensor loss, Tensor probabilities) = Predict(weight, bias);
        Tensor correct = _isMultiLabel
            ? probabilities.round().eq(_truth).all(1)
            : probabilities.argmax(1).eq(targets);
        return (loss.item<double>(), correct.sum().item<long>());
    }

    private (Tensor Loss, Tensor Probabilities) Predict(Tensor weight, Tensor bias)
    {
        Tensor logits = addmm(bias, features, weight.t(), 1, 1);
        if (_isMultiLabel)
        {
            Tensor each = nn.functional.binary_cross_entropy_with_logits(logits, _truth, reduction: nn.Reduction.None);
            return (each.sum(ScalarType.Float64), logits.sigmoid());
        }

        Tensor logarithms = nn.functional.log_softmax(logits, 1);
        return (logarithms.mul(_truth).sum(ScalarType.Float64).neg(), logarithms.exp());
    }
}
