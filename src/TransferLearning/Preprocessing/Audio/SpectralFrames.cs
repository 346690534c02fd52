using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace TransferLearning;

/// <summary>Cuts sound into frames and takes their spectra, as many at once as a vector has lanes.</summary>
internal static class SpectralFrames
{
    /// <summary>Prepares frames for their spectra: multiplies by a window, for example.</summary>
    /// <param name="frames">One vector for each sample of a frame, one lane for each frame.</param>
    public delegate void Prepare(Span<Vector<float>> frames);

    /// <summary>Takes the spectra of frames.</summary>
    /// <param name="real">One vector for each frequency; free to be changed.</param>
    /// <param name="imaginary">The same of the imaginary parts.</param>
    /// <param name="first">The number of the frame in the first lane.</param>
    /// <param name="count">How many lanes hold a frame.</param>
    public delegate void Take(Span<Vector<float>> real, Span<Vector<float>> imaginary, int first, int count);

    /// <summary>Goes through a sound.</summary>
    /// <param name="samples">The samples; frame f begins at f times the hop.</param>
    /// <param name="frames">The number of frames; all of them lie inside.</param>
    /// <param name="hop">The way from frame to frame.</param>
    /// <param name="length">The number of samples of a frame.</param>
    /// <param name="offset">Where they stand among the samples of the transform; the others are 0.</param>
    /// <param name="plan">The transform.</param>
    /// <param name="prepare">Prepares the frames.</param>
    /// <param name="take">Takes their spectra.</param>
    public static void ForEach(
        ReadOnlySpan<float> samples, int frames, int hop, int length, int offset, FourierPlan plan, Prepare prepare, Take take)
    {
        int lanes = Vector<float>.Count;
        float[] rented = ArrayPool<float>.Shared.Rent((plan.WorkLength + (2 * plan.Bins)) * lanes);
        Span<Vector<float>> memory = MemoryMarshal.Cast<float, Vector<float>>(rented.AsSpan());
        Span<Vector<float>> work = memory[..plan.WorkLength];
        Span<Vector<float>> real = memory.Slice(plan.WorkLength, plan.Bins);
        Span<Vector<float>> imaginary = memory.Slice(plan.WorkLength + plan.Bins, plan.Bins);
        for (int first = 0; first < frames; first += lanes)
        {
            int count = Math.Min(lanes, frames - first);
            Span<Vector<float>> all = plan.Frames(work);
            all[..offset].Clear();
            all[(offset + length)..].Clear();
            Span<Vector<float>> own = all.Slice(offset, length);
            FrameTranspose.Load(samples[(first * hop)..], hop, count, own);
            prepare(own);
            plan.Transform(work, real, imaginary);
            take(real, imaginary, first, count);
        }

        ArrayPool<float>.Shared.Return(rented);
    }

    /// <summary>Writes a band of the frames in the lanes into its row.</summary>
    public static void Store(Vector<float> values, Span<float> row, int first, int count)
    {
        if (count == Vector<float>.Count)
        {
            values.CopyTo(row[first..]);
            return;
        }

        for (int lane = 0; lane < count; lane++)
        {
            row[first + lane] = values[lane];
        }
    }
}
