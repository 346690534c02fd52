namespace TransferLearning;

/// <summary>A tensor of a checkpoint that has not been read yet: its element type, shape and strides, and the storage that holds its
/// elements. Its geometry has been checked against the storage.</summary>
public sealed class TensorView
{
    /// <summary>How far a tensor with zero strides may grow beyond its storage.</summary>
    private const long RepeatLimit = 1024;
    private const long RepeatFloor = 1L << 20;
    private const int RankLimit = 64;
    private const long MostElements = long.MaxValue / 16;
    private const long ConversionElements = 1L << 20;

    // A span holds less than 2 GiB.
    private const long LargestSpan = 1L << 30;

    /// <summary>Below this a tensor is copied: writing to it would make a page of its own of everything beside it.</summary>
    private const long SmallestMapped = 1 << 16;

    private readonly long[] _shape;
    private readonly long[] _strides;
    private readonly Tensor? _tensor;

    private TensorView(
        ScalarType dtype, long[] shape, long[] strides, long storageOffset, TensorStorage? storage, Tensor? tensor, bool isParameter)
    {
        Dtype = dtype;
        _shape = shape;
        _strides = strides;
        StorageOffset = storageOffset;
        Storage = storage;
        _tensor = tensor;
        IsParameter = isParameter;
        ElementCount = shape.Aggregate(1L, (count, size) => count * size);
    }

    /// <summary>The element type in the file.</summary>
    public ScalarType Dtype { get; }

    /// <summary>The size of each dimension.</summary>
    public IReadOnlyList<long> Shape => _shape;

    /// <summary>The step of each dimension in elements, as in the file.</summary>
    public IReadOnlyList<long> Strides => _strides;

    /// <summary>The first element's place in the storage, in elements.</summary>
    public long StorageOffset { get; }

    /// <summary>The bytes this tensor looks into; tied tensors have the same one. Null for a tensor in memory.</summary>
    public TensorStorage? Storage { get; }

    /// <summary>Whether the file marks the tensor as a module's parameter.</summary>
    public bool IsParameter { get; }

    /// <summary>The number of elements.</summary>
    public long ElementCount { get; }

    /// <summary>The number of bytes of all elements.</summary>
    public long ByteCount => ElementCount * ElementType.Of(Dtype).Width;

    /// <summary>The tensor this stands for, when it is one in memory.</summary>
    internal Tensor? InMemory => _tensor;

    private bool IsContiguous
    {
        get
        {
            long step = 1;
            for (int i = _shape.Length - 1; i >= 0; i--)
            {
                if (_shape[i] != 1 && _strides[i] != step)
                {
                    return false;
                }

                step *= _shape[i];
            }

            return true;
        }
    }

    /// <summary>Describes a tensor in row-major order at the start of a storage, and checks that it fits.</summary>
    /// <param name="file">The file, for the error text.</param>
    /// <param name="place">Where in the file the tensor is described, for the error text.</param>
    /// <param name="dtype">The element type.</param>
    /// <param name="shape">The size of each dimension.</param>
    /// <param name="storage">The storage that holds the elements.</param>
    /// <exception cref="CheckpointException">The shape does not fit the storage.</exception>
    public static TensorView Create(CheckpointFile file, string? place, ScalarType dtype, IReadOnlyList<long> shape, TensorStorage storage)
    {
        ArgumentNullException.ThrowIfNull(shape);
        long[] strides = new long[shape.Count];
        long step = 1;
        for (int i = shape.Count - 1; i >= 0; i--)
        {
            strides[i] = step;
            // An overflow here belongs to a shape that Create refuses below.
            step = unchecked(step * Math.Max(shape[i], 1));
            step = step < 0 ? long.MaxValue : step;
        }

        return Create(file, place, dtype, shape, strides, 0, storage);
    }

    /// <summary>Describes a tensor with any strides, and checks that it fits its storage.</summary>
    /// <param name="file">The file, for the error text.</param>
    /// <param name="place">Where in the file the tensor is described, for the error text.</param>
    /// <param name="dtype">The element type.</param>
    /// <param name="shape">The size of each dimension.</param>
    /// <param name="strides">The step of each dimension in elements.</param>
    /// <param name="storageOffset">The first element's place in the storage, in elements.</param>
    /// <param name="storage">The storage that holds the elements.</param>
    /// <exception cref="CheckpointException">An element would lie outside the storage, or the shape repeats its elements beyond
    /// reason.</exception>
    public static TensorView Create(
        CheckpointFile file, string? place, ScalarType dtype, IReadOnlyList<long> shape, IReadOnlyList<long> strides, long storageOffset,
        TensorStorage storage)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(strides);
        ArgumentNullException.ThrowIfNull(storage);
        CheckpointException Bad(string problem) => file.Error(
            CheckpointErrorKind.BadGeometry, place, problem, CheckpointFile.RemedyPublisher);

        if (shape.Count != strides.Count || shape.Count > RankLimit)
        {
            throw Bad($"{shape.Count} sizes and {strides.Count} strides were found; equal numbers up to {RankLimit} are expected.");
        }

        string Text() => $"sizes [{string.Join(", ", shape)}] with strides [{string.Join(", ", strides)}] from element {storageOffset}";
        long available = storage.ByteLength / ElementType.Of(dtype).Width;
        // Each factor is compared with what its total may still grow by, so nothing can wrap.
        long count = 1;
        long last = storageOffset;
        bool empty = false;
        for (int i = 0; i < shape.Count; i++)
        {
            if (shape[i] < 0 || strides[i] < 0)
            {
                throw Bad($"A size or stride is negative: {Text()}.");
            }

            empty |= shape[i] == 0;
            long size = Math.Max(shape[i], 1);
            if (size > MostElements / count || (!empty && strides[i] > 0 && size - 1 > (long.MaxValue - Math.Max(last, 0)) / strides[i]))
            {
                throw Bad($"The storage holds {available} elements; {Text()} go beyond every storage.");
            }

            count *= size;
            last += empty ? 0 : (size - 1) * strides[i];
        }

        if (storageOffset < 0 || (!empty && last >= available))
        {
            throw Bad($"The storage holds {available} elements; {Text()} reach outside it.");
        }

        if (!empty && count > Math.Max(available, Math.Min(available, long.MaxValue / RepeatLimit) * RepeatLimit + RepeatFloor))
        {
            throw file.Error(
                CheckpointErrorKind.TooLarge,
                place,
                $"The storage holds {available} elements, which {Text()} repeat to {count}.",
                CheckpointFile.RemedyPublisher);
        }

        return new TensorView(dtype, [.. shape], [.. strides], storageOffset, storage, null, isParameter: false);
    }

    /// <summary>Reads the tensor into a new contiguous CPU tensor. The caller disposes it.</summary>
    /// <exception cref="CheckpointException">The bytes end early or fail their checksum.</exception>
    public Tensor Read()
    {
        LibTorch.Load();
        Tensor result = empty(_shape, Dtype, CPU);
        try
        {
            ReadInto(result);
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <summary>Reads the tensor into an existing one of the same shape. Elements of equal type go from the file straight into the memory
    /// of a contiguous CPU tensor; all else is converted on the way. Neither gradient nor <c>requires_grad</c> of the destination changes.
    /// The caller keeps the destination.</summary>
    /// <exception cref="ArgumentException">The shapes differ, or complex numbers would lose their imaginary part.</exception>
    /// <exception cref="CheckpointException">The bytes end early or fail their checksum.</exception>
    public void ReadInto(Tensor destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (!destination.shape.AsSpan().SequenceEqual(_shape))
        {
            throw new ArgumentException(
                $"The stored tensor has shape [{string.Join(", ", _shape)}], the destination [{string.Join(", ", destination.shape)}].",
                nameof(destination));
        }

        if (!CanConvertTo(destination.dtype))
        {
            throw new ArgumentException($"The stored tensor has type {Dtype}, the destination {destination.dtype}.", nameof(destination));
        }

        if (ElementCount == 0)
        {
            return;
        }

        if (FitsAsItIs(destination))
        {
            // The usual case, without a call into LibTorch more than it needs: a network has hundreds of small tensors.
            Fill(destination);
            return;
        }

        using IDisposable scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        if (_tensor is not null)
        {
            destination.copy_(_tensor);
        }
        else if (!IsContiguous)
        {
            long extent = 1 + _shape.Zip(_strides, (size, stride) => (size - 1) * stride).Sum();
            Tensor buffer = empty(extent, Dtype, CPU);
            Fill(buffer);
            destination.copy_(buffer.as_strided(_shape, _strides, 0));
        }
        else if (destination.device_type == DeviceType.CPU && destination.is_contiguous())
        {
            Convert(destination.view(-1));
        }
        else
        {
            Tensor buffer = empty(ElementCount, Dtype, CPU);
            Fill(buffer);
            destination.copy_(buffer.view(_shape));
        }
    }

    /// <summary>Has an existing tensor of the same shape look into the mapped file instead of its own memory, where the file was opened for
    /// that and the elements stand there as the tensor wants them.</summary>
    /// <returns>False when nothing was done and the elements must be read.</returns>
    /// <exception cref="CheckpointException">The bytes fail their checksum.</exception>
    internal bool MapInto(Tensor destination)
    {
        if (Storage?.Map is not { } map || ByteCount < SmallestMapped || !FitsAsItIs(destination))
        {
            return false;
        }

        using IDisposable scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        if (map(Dtype) is not { } elements)
        {
            return false;
        }

        destination.set_(elements.narrow(0, StorageOffset, ElementCount).view(_shape));
        return true;
    }

    /// <summary>A view of a tensor in memory, which must outlive it.</summary>
    internal static TensorView Of(Tensor tensor, bool isParameter) =>
        new(tensor.dtype, tensor.shape, tensor.stride(), 0, null, tensor, isParameter);

    internal TensorView AsParameter() => new(Dtype, _shape, _strides, StorageOffset, Storage, _tensor, isParameter: true);

    /// <summary>Whether a tensor of the type can take these elements: complex numbers stay complex.</summary>
    internal bool CanConvertTo(ScalarType type) => !IsComplex(Dtype) || IsComplex(type);

    private static bool IsComplex(ScalarType type) => type is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64;

    /// <summary>Whether the elements stand in the file as the destination has them in memory.</summary>
    private bool FitsAsItIs(Tensor destination) => Storage is not null && IsContiguous
        && destination.dtype == Dtype && destination.device_type == DeviceType.CPU && destination.is_contiguous();

    private void Fill(Tensor contiguous)
    {
        using Stream stream = OpenElements();
        ReadExactly(stream, contiguous);
    }

    private void Convert(Tensor flat)
    {
        using Stream stream = OpenElements();
        Tensor buffer = empty(Math.Min(ElementCount, ConversionElements), Dtype, CPU);
        for (long start = 0; start < ElementCount; start += ConversionElements)
        {
            using IDisposable scope = NewDisposeScope();
            long count = Math.Min(ConversionElements, ElementCount - start);
            Tensor part = buffer.narrow(0, 0, count);
            ReadExactly(stream, part);
            flat.narrow(0, start, count).copy_(part);
        }
    }

    private Stream OpenElements() => Storage!.OpenRead(StorageOffset * ElementType.Of(Dtype).Width);

    private void ReadExactly(Stream stream, Tensor contiguous)
    {
        if (contiguous.NumberOfElements * ElementType.Of(Dtype).Width <= LargestSpan)
        {
            stream.ReadExactly(contiguous.bytes);
            return;
        }

        using IDisposable noGradient = no_grad();
        using Tensor flat = contiguous.view(-1);
        long step = LargestSpan / ElementType.Of(Dtype).Width;
        for (long start = 0; start < flat.NumberOfElements; start += step)
        {
            using Tensor part = flat.narrow(0, start, Math.Min(step, flat.NumberOfElements - start));
            stream.ReadExactly(part.bytes);
        }
    }
}
