
namespace TransferLearning;

/// <summary>A step from frames to frames, behind a front end (<see cref="AudioFrontEnd.Then"/>). Immutable.</summary>
public abstract record FrameTransform
{
    /// <summary>Everything that changes the result, in words.</summary>
    public abstract string Fingerprint { get; }

    /// <summary>The number of rows that it makes of so many.</summary>
    /// <exception cref="ArgumentException">It does not take so many.</exception>
    public virtual int BandsOf(int bands) => bands;

    /// <summary>The number of frames that it makes of so many.</summary>
    public virtual int FramesOf(int frames) => frames;

    /// <summary>Applies it.</summary>
    /// <param name="frames">The frames; they may be changed and given back.</param>
    public abstract AudioFrames Apply(AudioFrames frames);
}
