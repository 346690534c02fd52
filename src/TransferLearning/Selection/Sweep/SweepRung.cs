namespace TransferLearning;

/// <summary>A number of configurations that are run for a number of epochs.</summary>
/// <param name="Configurations">How many there are.</param>
/// <param name="Epochs">For how long each is run.</param>
internal readonly record struct SweepRung(int Configurations, int Epochs);
