using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>
/// Tensors of all processes, summed in one call: they lie in one flat row of float32, and behind them which of them there are and some
/// numbers of each process, exact to the bit. It owns the row.
/// </summary>
/// <remarks>
/// In bfloat16 the first tensors travel in half the bytes: each process receives its part of everybody's row, sums it in float32, and sends
/// the sum around, so that a number is rounded twice, however many processes there are.
/// </remarks>
internal sealed class TensorBucket : IDisposable
{
    private const int FloatsOfDouble = 3; // 3 x 24 bits hold the 53 of a double
    private const long BlockElements = 1L << 27;

    private readonly Ranks _ranks;
    private readonly Tensor _flat;
    private readonly Tensor[] _views;
    private readonly bool[] _isThere;
    private readonly long _lossy;
    private readonly long _tail;
    private readonly int _numbers;

    /// <summary>Makes the row.</summary>
    /// <param name="ranks">The processes; more than one.</param>
    /// <param name="shapes">The shape of each tensor.</param>
    /// <param name="numbers">How many numbers each process adds.</param>
    /// <param name="halved">How many of the first tensors travel in bfloat16.</param>
    public TensorBucket(Ranks ranks, IReadOnlyList<long[]> shapes, int numbers, int halved = 0)
    {
        (_ranks, _numbers, _isThere) = (ranks, numbers, new bool[shapes.Count]);
        long[] sizes = [.. shapes.Select(shape => shape.Aggregate(1L, (product, size) => product * size))];
        _tail = sizes.Sum();
        _lossy = sizes.Take(halved).Sum();
        _flat = zeros(_tail + shapes.Count + (ranks.Size * (numbers + 1L) * FloatsOfDouble)).DetachFromDisposeScope();
        long at = 0;
        _views = new Tensor[shapes.Count];
        for (int i = 0; i < sizes.Length; at += sizes[i++])
        {
            using Tensor part = _flat.narrow(0, at, sizes[i]);
            _views[i] = part.view(shapes[i]).DetachFromDisposeScope();
        }
    }

    /// <summary>The sum of a tensor, in the bucket's memory; null where no process has it.</summary>
    public Tensor? this[int tensor] => _isThere[tensor] ? _views[tensor] : null;

    /// <summary>Sums the tensors over all processes, each times the weight of its process.</summary>
    /// <param name="tensors">This process's tensors on any device; null for one that it lacks.</param>
    /// <param name="numbers">This process's numbers.</param>
    /// <returns>The numbers of every process.</returns>
    /// <exception cref="CollectiveException">A process has failed.</exception>
    public double[][] Sum(IReadOnlyList<Tensor?> tensors, params ReadOnlySpan<double> numbers)
    {
        using IDisposable guard = no_grad();
        using Tensor tail = _flat.narrow(0, _tail, _flat.NumberOfElements - _tail);
        Span<float> row = MemoryMarshal.Cast<byte, float>(tail.bytes);
        row.Clear();
        for (int i = 0; i < _views.Length; i++)
        {
            if (tensors[i] is { } tensor)
            {
                _views[i].copy_(tensor);
                row[i] = 1;
            }
            else
            {
                _views[i].zero_();
            }
        }

        Span<float> slots = row[_views.Length..];
        int width = (_numbers + 1) * FloatsOfDouble;
        Span<float> own = slots.Slice(_ranks.Rank * width, width);
        own[0] = _ranks.HasFailed ? 1 : 0;
        for (int i = 0; i < _numbers; i++)
        {
            Split(numbers[i], own[((i + 1) * FloatsOfDouble)..]);
        }

        if (_lossy > 0)
        {
            SumHalved();
        }

        using Tensor exact = _flat.narrow(0, _lossy, _flat.NumberOfElements - _lossy);
        Ranks.ForEachPiece(exact, piece => _ranks.Collective.AllReduce(MemoryMarshal.Cast<byte, float>(piece)));
        double[][] all = new double[_ranks.Size][];
        bool hasFailed = false;
        for (int rank = 0; rank < all.Length; rank++)
        {
            Span<float> slot = slots.Slice(rank * width, width);
            hasFailed |= slot[0] != 0;
            all[rank] = new double[_numbers];
            for (int i = 0; i < _numbers; i++)
            {
                Span<float> parts = slot.Slice((i + 1) * FloatsOfDouble, FloatsOfDouble);
                all[rank][i] = (double)parts[0] + parts[1] + parts[2];
            }
        }

        for (int i = 0; i < _isThere.Length; i++)
        {
            _isThere[i] = row[i] > 0;
        }

        if (hasFailed)
        {
            _ranks.ThrowFailure();
        }

        return all;
    }

    /// <summary>Multiplies the sums of the first tensors.</summary>
    public void Scale(int tensors, double factor)
    {
        using IDisposable guard = no_grad();
        using Tensor part = _flat.narrow(0, 0, _views.Take(tensors).Sum(view => view.NumberOfElements));
        using Scalar scale = factor.ToScalar();
        part.mul_(scale);
    }

    public void Dispose()
    {
        Array.ForEach(_views, view => view.Dispose());
        _flat.Dispose();
    }

    private static void Split(double number, Span<float> parts)
    {
        for (int i = 0; i < FloatsOfDouble; i++)
        {
            parts[i] = (float)number;
            number = double.IsFinite(number) ? number - parts[i] : 0;
        }
    }

    private void SumHalved()
    {
        int size = _ranks.Size;
        for (long start = 0; start < _lossy; start += BlockElements)
        {
            using DisposeScope scope = NewDisposeScope();
            long count = Math.Min(BlockElements, _lossy - start), part = (count + size - 1) / size;
            Tensor block = _flat.narrow(0, start, count);
            Tensor half = zeros(part * size, ScalarType.BFloat16), received = empty([size, part], ScalarType.BFloat16);
            half.narrow(0, 0, count).copy_(block);
            _ranks.Collective.AllToAll(half.bytes, received.bytes);
            Tensor sum = received.to(ScalarType.Float32).sum([0]).to(ScalarType.BFloat16);
            _ranks.Collective.AllGather(sum.bytes, half.bytes);
            block.copy_(half.narrow(0, 0, count));
        }
    }
}
