namespace TransferLearning;

/// <summary>Where and how often the running state of a training run is written, so that a run that was killed resumes where it was. The two
/// newest states are kept; each is one safetensors file that appears whole or not at all.</summary>
public sealed record CheckpointPolicy
{
    /// <summary>Creates the policy: every ten minutes, and at the end of the run.</summary>
    /// <param name="folder">The folder, which is made if need be. It belongs to one run.</param>
    public CheckpointPolicy(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Folder = folder;
    }

    /// <summary>The folder.</summary>
    public string Folder { get; internal init; }

    /// <summary>After how many optimiser steps the state is written. Default: null, steps do not count.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public int? EverySteps { get; init => field = value is { } steps ? ValidNumber.AtLeast(steps, 1, nameof(EverySteps)) : null; }

    /// <summary>After what time the state is written; null means that time does not count. Default: ten minutes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is not positive.</exception>
    public TimeSpan? Every
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value ?? TimeSpan.MaxValue, TimeSpan.Zero, nameof(Every));
            field = value;
        }
    }
    = TimeSpan.FromMinutes(10);

    /// <summary>Whether a run that left its state in the folder resumes from there. Default: false; then a folder with states in it is
    /// refused, so that nothing is written over. <c>FineTune(…, resume: folder)</c> sets it.</summary>
    public bool Resume { get; init; }
}
