using System.Numerics;
using System.Runtime.InteropServices;

namespace TransferLearning;

/// <summary>Puts the samples of frames beside each other: one vector for each sample of a frame, one lane for each frame.</summary>
internal static class FrameTranspose
{
    /// <summary>Loads frames.</summary>
    /// <param name="samples">Sound, from the beginning of the first frame.</param>
    /// <param name="hop">The way from frame to frame.</param>
    /// <param name="count">The number of frames; in lanes behind it stands 0.</param>
    /// <param name="frames">Takes the samples of a frame.</param>
    public static void Load(ReadOnlySpan<float> samples, int hop, int count, Span<Vector<float>> frames)
    {
        int lanes = Vector<float>.Count;
        Span<float> to = MemoryMarshal.Cast<Vector<float>, float>(frames);
        if (count < lanes)
        {
            to.Clear();
        }

        for (int lane = 0; lane < count; lane++)
        {
            ReadOnlySpan<float> from = samples.Slice(lane * hop, frames.Length);
            for (int i = 0, at = lane; i < from.Length; i++, at += lanes)
            {
                to[at] = from[i];
            }
        }
    }
}
