namespace TransferLearning;

/// <summary>In which form a network is trained.</summary>
/// <param name="IsChannelsLast">Whether convolutions work with the channels last in memory.</param>
/// <param name="Precision">The number type that it multiplies in.</param>
internal sealed record TrainingForm(bool IsChannelsLast, Precision Precision)
{
    /// <summary>What records and logs call it.</summary>
    public string Name => (Precision == Precision.BFloat16, IsChannelsLast) switch
    {
        (false, false) => "plain",
        (false, true) => "channels last",
        (true, false) => "bfloat16",
        (true, true) => "bfloat16 and channels last",
    };
}
