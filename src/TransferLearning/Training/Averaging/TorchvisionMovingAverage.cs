namespace TransferLearning;

/// <summary>A running mean of the weights as torchvision's reference training makes it: in every epoch the first step and each
/// <see cref="EverySteps"/>-th after it is taken in, statistics of batch norms like weights; while the learning rate warms up the average
/// is a copy.</summary>
public sealed record TorchvisionMovingAverage : WeightAveraging
{
    /// <summary>Creates the average.</summary>
    /// <param name="decay">How much of the average stays, from 0 up to but not 1, before it is adjusted to the run.</param>
    /// <param name="everySteps">After how many steps weights are taken in again.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public TorchvisionMovingAverage(double decay = 0.99998, int everySteps = 32)
        => (Decay, EverySteps) = (ValidNumber.BelowOne(decay, nameof(decay)), ValidNumber.AtLeast(everySteps, 1, nameof(everySteps)));

    /// <summary>How much of the average stays, before it is adjusted to the run.</summary>
    public double Decay { get; }

    /// <summary>After how many steps weights are taken in again.</summary>
    public int EverySteps { get; }

    /// <summary>Whether the decay is that of <see cref="AdjustedDecay"/>, so that one number serves runs of any length. Default:
    /// true.</summary>
    public bool AdjustsDecay { get; init; } = true;

    /// <summary>For how many epochs the learning rate warms up: until their end the average begins anew with each update. Default:
    /// 0.</summary>
    public int WarmUpEpochs { get; init => field = ValidNumber.AtLeast(value, 0, nameof(WarmUpEpochs)); }

    /// <inheritdoc/>
    internal override bool AveragesBuffers => true;

    /// <summary>The decay for a run: 1 − min(1, (1 − decay) × samples of a step × steps between updates / epochs).</summary>
    /// <param name="decay">The decay before.</param>
    /// <param name="samplesPerStep">How many samples a step sees, of all processes.</param>
    /// <param name="everySteps">How many steps lie between updates.</param>
    /// <param name="epochs">The number of epochs.</param>
    public static double AdjustedDecay(double decay, long samplesPerStep, int everySteps, int epochs)
        => 1 - Math.Min(1, (1 - decay) * samplesPerStep * everySteps / epochs);

    /// <inheritdoc/>
    internal override WeightAveraging Shortened(double epochs, double steps) => this with { WarmUpEpochs = (int)(WarmUpEpochs * epochs) };

    /// <inheritdoc/>
    internal override double? Kept(in AveragingMoment moment)
    {
        if (moment.StepInEpoch % EverySteps != 0)
        {
            return null;
        }

        // The update before the first one after the warm-up was of the warm-up, so that one begins anew too.
        bool copies = moment.Updates == 0 || moment.Epoch < WarmUpEpochs || (moment.Epoch == WarmUpEpochs && moment.StepInEpoch == 0);
        return copies ? 0
            : AdjustsDecay ? AdjustedDecay(Decay, moment.Pace.SamplesPerStep, EverySteps, moment.Pace.Epochs)
            : Decay;
    }
}
