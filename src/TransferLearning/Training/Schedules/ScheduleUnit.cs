namespace TransferLearning;

/// <summary>What a learning-rate schedule counts.</summary>
public enum ScheduleUnit
{
    /// <summary>Finished epochs: the rate is the same for all steps of an epoch.</summary>
    Epoch,

    /// <summary>Optimiser steps since the start of the run: the rate may differ from step to step.</summary>
    Step,
}
