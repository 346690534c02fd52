using static System.FormattableString;

namespace TransferLearning;

/// <summary>
/// How fast each number changes over time, by a straight line through the frames around it: torchaudio's <c>ComputeDeltas</c> (Furui,
/// 1986).
/// </summary>
public sealed record FrameDeltas : FrameTransform
{
    /// <summary>The number of frames that a line is laid through, 3 or more (win_length). Default: 5.</summary>
    public int WindowLength { get; init; } = 5;

    /// <summary>What stands before the first and behind the last frame (mode). Default: these again and again.</summary>
    public PadMode PadMode { get; init; } = PadMode.Replicate;

    /// <inheritdoc/>
    public override string Fingerprint => Invariant($"deltas over {WindowLength}, {PadMode}");

    /// <inheritdoc/>
    public override AudioFrames Apply(AudioFrames frames)
    {
        ArgumentNullException.ThrowIfNull(frames);
        ArgumentOutOfRangeException.ThrowIfLessThan(WindowLength, 3);
        int reach = (WindowLength - 1) / 2;
        double divisor = reach * (reach + 1.0) * ((2 * reach) + 1) / 3;
        float[] values = new float[frames.Values.Length];
        int count = frames.Count;
        for (int band = 0; band < frames.Bands; band++)
        {
            ReadOnlySpan<float> row = frames.Band(band);
            for (int frame = 0; frame < count; frame++)
            {
                double sum = 0;
                for (int offset = 1; offset <= reach; offset++)
                {
                    sum += offset * ((double)At(row, frame + offset) - At(row, frame - offset));
                }

                values[(band * count) + frame] = (float)(sum / divisor);
            }
        }

        return new AudioFrames(values, frames.Bands, count);
    }

    private float At(ReadOnlySpan<float> row, int frame)
    {
        if ((uint)frame < (uint)row.Length)
        {
            return row[frame];
        }

        int place = PadMode switch
        {
            PadMode.Replicate => Math.Clamp(frame, 0, row.Length - 1),
            PadMode.Reflect => frame < 0 ? -frame : (2 * row.Length) - 2 - frame,
            PadMode.Circular => frame < 0 ? frame + row.Length : frame - row.Length,
            _ => -1,
        };
        return PadMode == PadMode.Constant ? 0
            : (uint)place < (uint)row.Length ? row[place]
            : throw new ArgumentException($"{row.Length} frames are too few for deltas over {WindowLength} with {PadMode}.");
    }
}
