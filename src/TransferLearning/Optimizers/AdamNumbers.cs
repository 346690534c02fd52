namespace TransferLearning;

/// <summary>The numbers that <see cref="Adam"/> and <see cref="AdamW"/> share.</summary>
/// <param name="Beta1">How much of the mean gradient is kept per step.</param>
/// <param name="Beta2">How much of the mean squared gradient is kept per step.</param>
/// <param name="Epsilon">What keeps the division from 0.</param>
/// <param name="Amsgrad">Whether to divide by the largest mean square so far.</param>
/// <param name="DecoupledDecay">Whether the decay acts on the parameter (AdamW) instead of the gradient (Adam).</param>
internal readonly record struct AdamNumbers(double Beta1, double Beta2, double Epsilon, bool Amsgrad, bool DecoupledDecay);
