namespace TransferLearning;

/// <summary>What fitting a linear head in one go gave.</summary>
/// <param name="Strength">The strength of the penalty: what the caller set, or the best of <paramref name="Candidates"/>.</param>
/// <param name="Objective">The value of what was minimised: <see cref="LogisticProbe"/> and <see cref="RidgeProbe"/> say what it
/// is.</param>
/// <param name="Iterations">How many steps the solver took; 0 in closed form.</param>
/// <param name="HasConverged">Whether the solver ended because nothing was left to gain; false at its limit of steps.</param>
/// <param name="Candidates">The strengths that were compared on samples held out; empty where the caller set one.</param>
/// <param name="Count">How many samples the head was fitted to.</param>
/// <param name="Skipped">The damaged samples that were skipped, where the caller allowed that.</param>
/// <param name="KeptAsTheyWere">
/// Parameters of the head before its last layer: they keep the values that they have, which matters where those were drawn and never
/// trained.
/// </param>
/// <param name="Seconds">How long everything took, features included.</param>
public sealed record LinearProbeResult(
    double Strength,
    double Objective,
    int Iterations,
    bool HasConverged,
    IReadOnlyList<ProbeCandidate> Candidates,
    int Count,
    SkippedSamples Skipped,
    IReadOnlyList<string> KeptAsTheyWere,
    double Seconds)
{
    /// <inheritdoc/>
    public override string ToString()
        => string.Create(
            CultureInfo.InvariantCulture,
            $"{Count} samples, strength {Strength:G4}, objective {Objective:G6}, {Iterations} steps"
                + $"{(HasConverged ? "" : ", not converged")}, {Seconds:F1} s");
}
