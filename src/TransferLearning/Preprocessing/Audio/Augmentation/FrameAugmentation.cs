
namespace TransferLearning;

/// <summary>Alters frames at random for training; draws are as of <see cref="WaveformAugmentation"/>. Immutable.</summary>
public abstract record FrameAugmentation
{
    /// <summary>Everything that changes the result, in words.</summary>
    public abstract string Fingerprint { get; }

    /// <summary>Alters frames.</summary>
    /// <param name="frames">The frames; they may be changed and given back.</param>
    /// <param name="random">What is drawn from.</param>
    public abstract AudioFrames Apply(AudioFrames frames, ref SeededRandom random);
}
