namespace TransferLearning;

/// <summary>How a network wants its sounds in evaluation, as data.</summary>
public sealed record AudioPreprocess
{
    /// <summary>Samples a second; sounds of other rates are resampled. Default: 16,000.</summary>
    public int SampleRate { get; init; } = 16_000;

    /// <summary>Whether each sound is shifted and scaled to mean 0 and variance 1. Default: false.</summary>
    public bool Normalizes { get; init; }

    /// <summary>What makes frames of the samples; null for a network that reads samples. Default: null.</summary>
    [System.Text.Json.Serialization.JsonIgnore] // the folder of a saved model says it in a file of its own
    public AudioFrontEnd? FrontEnd { get; init; }

    /// <summary>The longest sound in seconds; null for no limit. Default: 60.</summary>
    public double? MaximumSeconds { get; init; } = 60;

    /// <summary>Whether longer sounds are refused instead of truncated. What is to be written of a sound is never learned from a part of
    /// it: such sounds are refused whatever this says. Default: false.</summary>
    public bool RefusesLonger { get; init; }

    /// <summary>Checks every value; the message names it.</summary>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(SampleRate);
        if (MaximumSeconds is { } longest && !(longest > 0 && longest * SampleRate < Array.MaxLength))
        {
            throw new ArgumentOutOfRangeException(
                nameof(MaximumSeconds),
                longest,
                $"{nameof(MaximumSeconds)} must be above 0, and its samples fit an array; null means no limit.");
        }
    }
}
