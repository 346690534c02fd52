namespace TransferLearning;

/// <summary>One value of a checkpoint's tree: what a training script stored beside its tensors, such as the epoch or the best score. The
/// tree is finite, has no cycles, and holds data alone.</summary>
public sealed class CheckpointValue
{
    internal static readonly CheckpointValue NoneValue = new(CheckpointValueKind.None, null);
    internal static readonly CheckpointValue TrueValue = new(CheckpointValueKind.Boolean, true);
    internal static readonly CheckpointValue FalseValue = new(CheckpointValueKind.Boolean, false);

    private object? _content;

    private CheckpointValue(CheckpointValueKind kind, object? content)
    {
        Kind = kind;
        _content = content;
    }

    /// <summary>What this value is.</summary>
    public CheckpointValueKind Kind { get; private set; }

    /// <summary>
    /// For a dictionary the name of its class: <c>dict</c>, <c>OrderedDict</c>, <c>Counter</c> or <c>Namespace</c>, for
    /// an object of a TorchScript program the name of its own, <c>__torch__.Net</c>; else null.
    /// </summary>
    public string? ClassName => (_content as CheckpointDictionary)?.ClassName;

    /// <summary>The items of a list, tuple, set or size; empty for all else.</summary>
    public IReadOnlyList<CheckpointValue> Items => _content as List<CheckpointValue> ?? (IReadOnlyList<CheckpointValue>)[];

    /// <summary>The pairs of a dictionary in order; empty for all else.</summary>
    public IReadOnlyList<KeyValuePair<CheckpointValue, CheckpointValue>> Pairs => (_content as CheckpointDictionary)?.Pairs ?? [];

    /// <summary>The tensor, when this is one; else null.</summary>
    public TensorView? Tensor => _content as TensorView;

    /// <summary>The value under a text key; null when this is no dictionary or lacks the key.</summary>
    public CheckpointValue? this[string key]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(key);
            return (_content as CheckpointDictionary)?.Find(key);
        }
    }

    /// <summary>The text, when this is one; else null.</summary>
    public string? AsString() => _content as string;

    /// <summary>The bytes, when this is a value of bytes; else null.</summary>
    public byte[]? AsBytes() => (_content as byte[])?.ToArray();

    /// <summary>The truth value, when this is one; else null.</summary>
    public bool? AsBoolean() => _content as bool?;

    /// <summary>The integer, when this is one; else null.</summary>
    public BigInteger? AsInteger() => _content as BigInteger?;

    /// <summary>The element type, when this is one; else null.</summary>
    public ScalarType? AsDtype() => _content as ScalarType?;

    /// <summary>The number, when this is an integer or a floating point number; else null.</summary>
    public double? AsDouble() => _content switch
    {
        double number => number,
        BigInteger number => (double)number,
        _ => null,
    };

    /// <summary>A short text for messages and debuggers.</summary>
    public override string ToString() => Kind switch
    {
        CheckpointValueKind.None => "None",
        CheckpointValueKind.List or CheckpointValueKind.Tuple or CheckpointValueKind.Set or CheckpointValueKind.Size
            => $"{Kind} of {Items.Count}",
        CheckpointValueKind.Dictionary => $"{ClassName} of {Pairs.Count}",
        CheckpointValueKind.Tensor => $"Tensor {Tensor!.Dtype} [{string.Join(", ", Tensor.Shape)}]",
        CheckpointValueKind.Bytes => $"{((byte[])_content!).Length} bytes",
        _ => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{_content}"),
    };

    internal object? Content => _content;
    internal CheckpointDictionary? Dictionary => _content as CheckpointDictionary;
    internal List<CheckpointValue>? Elements => _content as List<CheckpointValue>;

    internal static CheckpointValue Of(bool value) => value ? TrueValue : FalseValue;
    internal static CheckpointValue Of(BigInteger value) => new(CheckpointValueKind.WholeNumber, value);
    internal static CheckpointValue Of(double value) => new(CheckpointValueKind.Number, value);
    internal static CheckpointValue Of(string value) => new(CheckpointValueKind.Text, value);
    internal static CheckpointValue Of(byte[] value) => new(CheckpointValueKind.Bytes, value);
    internal static CheckpointValue Of(ScalarType value) => new(CheckpointValueKind.Dtype, value);
    internal static CheckpointValue Of(TensorView value) => new(CheckpointValueKind.Tensor, value);
    internal static CheckpointValue Of(CheckpointValueKind kind, List<CheckpointValue> items) => new(kind, items);
    internal static CheckpointValue Of(CheckpointDictionary value) => new(CheckpointValueKind.Dictionary, value);
    internal static CheckpointValue OfGrammar(object value) => new(CheckpointValueKind.Grammar, value);

    /// <summary>Turns a part of the grammar into the tensor it has come to stand for, wherever it is referred to.</summary>
    internal void Become(TensorView tensor)
    {
        Kind = CheckpointValueKind.Tensor;
        _content = tensor;
    }
}
