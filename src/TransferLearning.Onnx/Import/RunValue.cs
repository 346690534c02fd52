namespace TransferLearning.Onnx;

/// <summary>A value of a graph that is run.</summary>
internal sealed class RunValue : IDisposable
{
    private readonly Func<Tensor>? _read;
    private Tensor? _tensor;

    private RunValue(RunValueKind kind, Func<Tensor>? read, Tensor? tensor, long[] shape)
        => (Kind, _read, _tensor, Shape) = (kind, read, tensor, shape);

    public RunValueKind Kind { get; }

    public long[] Shape { get; }

    public long Count => Shape.Aggregate(1L, (product, length) => product * length);

    /// <summary>The initialisers or weights that it is made of.</summary>
    public IReadOnlyList<string> Sources { get; private init; } = [];

    /// <summary>Whether it is a whole initialiser or weight as it is stored, or a matrix of one turned.</summary>
    public bool IsWhole { get; private init; }

    /// <summary>Whether the stored matrix is turned.</summary>
    public bool IsTurned { get; private init; }

    /// <summary>Whether it is the input of the network.</summary>
    public bool IsInput { get; private init; }

    /// <summary>The numbers: float64, int64 or bool. For a weight of the network: which of its elements stand where.</summary>
    public Tensor Tensor => _tensor ??= Widened();

    public static RunValue Of(RunValueKind kind, Tensor tensor, IReadOnlyList<string> sources, bool isInput = false)
        => new(kind, null, tensor, tensor.shape) { Sources = sources, IsInput = isInput };

    /// <summary>An initialiser or a weight, which is read when it is needed.</summary>
    public static RunValue Whole(RunValueKind kind, string name, long[] shape, Func<Tensor> read)
        => new(kind, read, null, shape) { Sources = [name], IsWhole = true };

    /// <summary>A stored matrix turned, without reading it; null where that is not what it is.</summary>
    public RunValue? Turned()
        => IsWhole && Shape.Length == 2 && _read is { } read
            ? new RunValue(Kind, read, null, [Shape[1], Shape[0]]) { Sources = Sources, IsWhole = true, IsTurned = !IsTurned }
            : null;

    /// <summary>The numbers as they are stored, float32; the caller disposes them.</summary>
    public Tensor Stored()
    {
        Tensor stored = _read is not null ? _read() : Tensor.alias();
        Tensor turned = IsTurned ? stored.t().contiguous() : stored;
        return turned.to(ScalarType.Float32);
    }

    public void Dispose() => _tensor?.Dispose();

    private Tensor Widened()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor read = _read!();
        read = IsTurned ? read.t() : read;
        Tensor widened = read.dtype == ScalarType.Float32 ? read.to(ScalarType.Float64) : read;
        widened.DetachFromDisposeScope();
        return widened;
    }
}
