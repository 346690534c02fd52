namespace TransferLearning;

/// <summary>Equality of dictionary keys and set members. A key may be a tuple of tuples; the number of parts looked at is bounded, so that
/// a tuple that refers to itself many times over costs no more than a plain one.</summary>
internal sealed class CheckpointKeyComparer : IEqualityComparer<CheckpointValue>
{
    public static readonly CheckpointKeyComparer Instance = new();

    private const int PartLimit = 1000;
    private const int DepthLimit = 16;

    private CheckpointKeyComparer() { }

    /// <summary>Whether a value can be a key: scalars, and tuples of them up to a limit.</summary>
    public static bool IsKey(CheckpointValue value)
    {
        int parts = 0;
        return IsKey(value, 0, ref parts);
    }

    public bool Equals(CheckpointValue? x, CheckpointValue? y)
    {
        if (ReferenceEquals(x, y))
        {
            return true;
        }

        if (x is null || y is null)
        {
            return false;
        }

        if (Number(x) is { } left && Number(y) is { } right)
        {
            return left.Equals(right);
        }

        return x.Kind == y.Kind && x.Kind switch
        {
            CheckpointValueKind.Bytes => ((byte[])x.Content!).AsSpan().SequenceEqual((byte[])y.Content!),
            CheckpointValueKind.Tuple or CheckpointValueKind.Size => x.Items.SequenceEqual(y.Items, this),
            _ => Equals(x.Content, y.Content),
        };
    }

    public int GetHashCode(CheckpointValue value)
    {
        HashCode hash = default;
        switch (value.Kind)
        {
            case CheckpointValueKind.Bytes:
                hash.AddBytes((byte[])value.Content!);
                break;
            case CheckpointValueKind.Tuple or CheckpointValueKind.Size:
                foreach (CheckpointValue item in value.Items)
                {
                    hash.Add(item, this);
                }

                break;
            default:
                hash.Add(Number(value) ?? value.Content);
                break;
        }

        return hash.ToHashCode();
    }

    /// <summary>In Python 1, 1.0 and True are one key.</summary>
    private static object? Number(CheckpointValue value) => value.Content switch
    {
        bool flag => flag ? BigInteger.One : BigInteger.Zero,
        double number when double.IsInteger(number) => new BigInteger(number),
        double number => number,
        BigInteger number => number,
        _ => null,
    };

    private static bool IsKey(CheckpointValue value, int depth, ref int parts)
    {
        if (depth > DepthLimit || ++parts > PartLimit)
        {
            return false;
        }

        if (value.Kind is CheckpointValueKind.Tuple or CheckpointValueKind.Size)
        {
            foreach (CheckpointValue item in value.Items)
            {
                if (!IsKey(item, depth + 1, ref parts))
                {
                    return false;
                }
            }

            return true;
        }

        return value.Kind
            is CheckpointValueKind.None or CheckpointValueKind.Boolean or CheckpointValueKind.WholeNumber or CheckpointValueKind.Number
            or CheckpointValueKind.Text or CheckpointValueKind.Bytes or CheckpointValueKind.Dtype;
    }
}
