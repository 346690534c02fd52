using System.Runtime.CompilerServices;

namespace TransferLearning;

/// <summary>The updates of one step that are done in one pass over the memory of weights, gradients and what is remembered of them, by as
/// many threads as LibTorch uses. LibTorch's own operators go over it once for each operation.</summary>
/// <remarks>It holds the gradients until it is disposed.</remarks>
internal sealed unsafe class MemoryPass : IDisposable
{
    // Long enough that handing a stretch to a thread costs nothing, short enough that threads end together.
    private const int StretchLength = 1 << 16;

    private readonly List<Tensor> _held = [];
    private readonly List<(Stretch Stretch, StretchUpdate Update)> _work = [];

    /// <summary>Takes an update up; false where there is none for memory, or where the tensors are not float32 of the CPU that lie in
    /// memory alike.</summary>
    /// <param name="slot">The parameter and what is remembered of it.</param>
    /// <param name="gradient">Its gradient, which belongs to this if it was taken up.</param>
    /// <param name="make">Makes the slot's missing tensors and says what is to be done; asked only if weights and gradient fit.</param>
    public bool TryAdd(OptimizerSlot slot, Tensor gradient, Func<StretchUpdate?> make)
    {
        bool isContiguous = slot.Parameter.is_contiguous();
        float* weights = Start(slot.Parameter, isContiguous), gradients = Start(gradient, isContiguous);
        if (weights is null || gradients is null || make() is not { } update)
        {
            return false;
        }

        float** remembered = stackalloc float*[] { null, null, null };
        for (int i = 0; i < slot.Buffers.Length; i++)
        {
            if (slot.Buffers[i] is { } buffer && (remembered[i] = Start(buffer, isContiguous)) is null)
            {
                return false;
            }
        }

        _held.Add(gradient);
        int count = (int)slot.Parameter.numel();
        Stretch all = new(weights, gradients, remembered[0], remembered[1], remembered[2], count);
        for (int start = 0; start < count; start += StretchLength)
        {
            _work.Add((all.Part(start, Math.Min(StretchLength, count - start)), update));
        }

        return true;
    }

    /// <summary>Does what was taken up.</summary>
    public void Run() => OpenMpThreads.Run(_work.Count, (_, piece) => Do(_work[piece].Stretch, _work[piece].Update));

    /// <inheritdoc/>
    public void Dispose() => _held.ForEach(gradient => gradient.Dispose());

    // Where a tensor begins; null where it does not fill its memory in the plain order or, for filters, with the channels last.
    private static float* Start(Tensor tensor, bool isContiguous)
    {
        if (tensor.dtype != ScalarType.Float32 || tensor.device_type != DeviceType.CPU || tensor.is_sparse
            || tensor.numel() > int.MaxValue / sizeof(float) || tensor.is_contiguous() != isContiguous)
        {
            return null;
        }

        if (isContiguous)
        {
            return (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
        }

        if (tensor.dim() != 4)
        {
            return null;
        }

        using Tensor moved = tensor.permute(0, 2, 3, 1);
        return moved.is_contiguous() ? Start(moved, true) : null;
    }

    private static void Do(Stretch stretch, StretchUpdate update)
    {
        int width = Vector<float>.Count, whole = stretch.Count / width * width, rest = stretch.Count - whole;
        update(stretch.Part(0, whole));
        if (rest == 0)
        {
            return;
        }

        // What is left of the last vector is done in memory that has room for all of it.
        Stretch last = stretch.Part(whole, rest);
        float* room = stackalloc float[5 * width];
        new Span<float>(room, 5 * width).Clear();
        Stretch copy = new(room, room + width, room + (2 * width), room + (3 * width), room + (4 * width), width);
        Copy(last, copy, rest);
        new Span<float>(last.Gradients, rest).CopyTo(new Span<float>(copy.Gradients, rest));
        update(copy);
        Copy(copy, last, rest);
    }

    private static void Copy(in Stretch from, in Stretch to, int count)
    {
        Copy(from.Weights, to.Weights, count);
        Copy(from.First, to.First, count);
        Copy(from.Second, to.Second, count);
        Copy(from.Third, to.Third, count);
    }

    private static void Copy(float* from, float* to, int count)
    {
        if (from is not null && to is not null)
        {
            new Span<float>(from, count).CopyTo(new Span<float>(to, count));
        }
    }
}
