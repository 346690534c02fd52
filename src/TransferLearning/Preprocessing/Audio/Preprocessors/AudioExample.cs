namespace TransferLearning;

/// <summary>A sound ready to be padded: samples, or the frames of a front end.</summary>
/// <param name="Values">The samples; of frames one row for each band.</param>
/// <param name="Target">What is to be learned of it.</param>
/// <param name="Length">The number of samples or frames.</param>
internal sealed record AudioExample(float[] Values, Target Target, int Length) : Example(Target, Length)
{
    /// <summary>The seconds that were left out because the sound was too long; 0 for none.</summary>
    public double SecondsLeftOut { get; init; }

    /// <summary>How many outputs the network gives for it; null where the network has not said it.</summary>
    public int? Outputs { get; init; }
}
