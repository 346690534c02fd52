namespace TransferLearning;

/// <summary>The penalised cross entropy of a linear layer on features, and its gradient.</summary>
/// <param name="features">[N, width], float32 or float64; it stays the caller's.</param>
/// <param name="squares">[width], the squared norms of its columns.</param>
/// <param name="targets">[N] int64 class numbers, or [N, outputs] with 1 for each label that holds.</param>
/// <param name="outputs">The number of outputs.</param>
internal sealed class LogisticLoss(Tensor features, Tensor squares, Tensor targets, int outputs)
{
    // A probability of 1 in float32 is 1 give or take so much; without it a direction could seem not to curve at all.
    private const double LeastDoubt = 1.0 / (1 << 22);

    private readonly long _weights = outputs * features.size(1);
    private readonly bool _isMultiLabel = targets.dim() == 2;

    // Class numbers as 1 and 0, so that both kinds share one gradient.
    private readonly Tensor _truth = (targets.dim() == 2 ? targets : nn.functional.one_hot(targets, outputs)).to(features.dtype);

    /// <summary>How many samples there are.</summary>
    public long Count => features.size(0);

    /// <summary>All weights and biases 0.</summary>
    public Tensor Start => zeros([_weights + outputs], features.dtype);

    /// <summary>
    /// About the inverse of the second derivative in each direction at a point, as it would be if columns were orthogonal and the doubt
    /// about samples had nothing to do with their features. Samples that are fitted closely curve the function little, so where a weak
    /// penalty follows a strong one, its result says what the beginning does not.
    /// </summary>
    public Tensor InverseCurvature(double strength, Tensor point)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor weight, Tensor bias) = Split(point);
        Tensor probabilities = Predict(weight, bias).Probabilities;
        Tensor doubt = probabilities.sub(probabilities.Square()).Add(LeastDoubt).sum([0]);

        // Moving all classes alike changes nothing, and what is left curves so much more.
        doubt = doubt.MultiplyInPlace(_isMultiLabel || outputs == 1 ? strength : strength * outputs / (outputs - 1));
        Tensor ofWeights = doubt.unsqueeze(1).mul(squares.Divide(Count)).Add(1.0);
        return cat([ofWeights.view(-1), doubt], 0).reciprocal().MoveToOuterDisposeScope();
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
