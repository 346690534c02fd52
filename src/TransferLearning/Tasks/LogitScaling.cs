namespace TransferLearning;

/// <summary>
/// What makes the scores of a classifier believable: its logits are divided by a temperature, then scaled and shifted class by class,
/// before the softmax (Guo et al., "On Calibration of Modern Neural Networks", 2017). <c>model.Calibrate(validation)</c> fits it.
/// </summary>
/// <param name="Temperature">What every logit is divided by: above 1 the model was too sure, below 1 not sure enough. The predicted class
/// does not depend on it.</param>
/// <param name="Weights">What the logit of each class is multiplied with after that; null for 1.</param>
/// <param name="Biases">What is added to the logit of each class after that; null for 0.</param>
public sealed record LogitScaling(
    double Temperature = 1, IReadOnlyList<double>? Weights = null, IReadOnlyList<double>? Biases = null)
{
    /// <inheritdoc/>
    public override string ToString() => Weights is null && Biases is null
        ? string.Create(CultureInfo.InvariantCulture, $"temperature {Temperature:G5}")
        : $"vector scaling of {(Weights ?? Biases)!.Count} classes";

    /// <summary>Throws unless it can be used for so many classes.</summary>
    /// <exception cref="ArgumentException">A number is not finite, the temperature not positive, or the lengths do not fit.</exception>
    internal LogitScaling CheckFor(int classes)
    {
        bool isSound = Temperature > 0 && double.IsFinite(Temperature)
            && new[] { Weights, Biases }.All(list => list is null || (list.Count == classes && list.All(double.IsFinite)));
        return isSound
            ? this
            : throw new ArgumentException(
                $"The scaling of the logits has the temperature {Temperature}, {Weights?.Count ?? 0} weights and {Biases?.Count ?? 0} "
                    + $"biases; expected a positive temperature and, where there are any, {classes} finite numbers of each.");
    }

    /// <summary>The scaled logits, [N, classes]; they join the caller's dispose scope.</summary>
    internal Tensor Apply(Tensor logits)
    {
        Tensor scaled = logits.Divide(Temperature);
        scaled = Weights is null ? scaled : scaled.mul(tensor([.. Weights], logits.dtype, logits.device));
        return Biases is null ? scaled : scaled.Add(tensor([.. Biases], logits.dtype, logits.device));
    }
}
