namespace TransferLearning;

/// <summary>
/// NumPy's scalars and arrays, which training scripts leave beside their weights (a best accuracy, a class count). An array becomes a
/// tensor.
/// </summary>
internal sealed class PickleNumpy(CheckpointFile file, PickleInput input)
{
    public CheckpointValue? Call(PickleConstructor constructor, IReadOnlyList<CheckpointValue> arguments)
    {
        switch (constructor)
        {
            case PickleConstructor.NumpyType when arguments is [{ Content: string code }, ..]:
                return CheckpointValue.OfGrammar(new NumpyType(code));
            case PickleConstructor.NumpyScalar when arguments is [{ Content: NumpyType type }, { Content: byte[] bytes }]:
                return Scalar(type, bytes);
            case PickleConstructor.NumpyArray
                when arguments is [{ Content: PickleGlobal { Constructor: PickleConstructor.NumpyArrayClass } }, ..]:
                return CheckpointValue.OfGrammar(new NumpyArray());
            default:
                return null;
        }
    }

    /// <summary>State of an element type: (version, byte order, ...); of an array: (version, shape, type, column order, bytes).</summary>
    public void Build(CheckpointValue target, CheckpointValue state)
    {
        IReadOnlyList<CheckpointValue> parts = state.Items;
        switch (target.Content)
        {
            case NumpyType when parts.Count >= 2 && parts[1].AsString() is { } order:
                if (order == ">")
                {
                    throw input.Error(CheckpointErrorKind.BadDtype, "A NumPy value has its bytes in big-endian order.");
                }

                break;
            case NumpyArray when parts is
            [
                _,
            { Kind: CheckpointValueKind.Tuple } sizes,
            { Content: NumpyType type },
            { Content: bool columns },
            { Content: byte[] data },
            ]:
                target.Become(Array(type, sizes.Items, columns, data));
                break;
            default:
                throw input.Corrupt("A NumPy value is given a state that does not fit it.");
        }
    }

    private TensorView Array(NumpyType type, IReadOnlyList<CheckpointValue> sizes, bool columnOrder, byte[] bytes)
    {
        ElementType element = type.Element
            ?? throw input.Error(CheckpointErrorKind.BadDtype, $"A NumPy array of '{type.Code}' has no element type here.");
        long[] shape = new long[sizes.Count];
        long[] strides = new long[sizes.Count];
        BigInteger step = 1;
        for (int k = 0; k < shape.Length; k++)
        {
            int i = columnOrder ? k : shape.Length - 1 - k;
            BigInteger size = sizes[i].AsInteger() ?? throw input.Corrupt("The shape of a NumPy array holds no integer.");
            if (size < 0 || size > bytes.Length || step > bytes.Length)
            {
                throw input.Error(CheckpointErrorKind.BadGeometry, $"A NumPy array of {bytes.Length} bytes has a size of {size}.");
            }

            shape[i] = (long)size;
            strides[i] = (long)step;
            step *= BigInteger.Max(size, 1);
        }

        return TensorView.Create(file, input.Place, element.Type, shape, strides, 0, TensorStorage.InMemory(bytes));
    }

    private CheckpointValue Scalar(NumpyType type, byte[] bytes)
    {
        ReadOnlySpan<byte> span = bytes;
        CheckpointException Bad() => input.Error(
            CheckpointErrorKind.BadDtype, $"A NumPy scalar of '{type.Code}' in {bytes.Length} bytes is not known.");
        if (type.Code.Length < 2 || !int.TryParse(type.Code.AsSpan(1), out int width) || width != bytes.Length || width > 8)
        {
            throw Bad();
        }

        return type.Code[0] switch
        {
            'b' => CheckpointValue.Of(span[0] != 0),
            'i' => CheckpointValue.Of(new BigInteger(span)),
            'u' => CheckpointValue.Of(new BigInteger(span, isUnsigned: true)),
            'f' when width == 8 => CheckpointValue.Of(BinaryPrimitives.ReadDoubleLittleEndian(span)),
            'f' when width == 4 => CheckpointValue.Of((double)BinaryPrimitives.ReadSingleLittleEndian(span)),
            'f' when width == 2 => CheckpointValue.Of((double)BinaryPrimitives.ReadHalfLittleEndian(span)),
            _ => throw Bad(),
        };
    }

    /// <summary>An element type by NumPy's letter and width, such as <c>f8</c>.</summary>
    private sealed record NumpyType(string Code)
    {
        public ElementType? Element => Code switch
        {
            "f2" => ElementType.Of(ScalarType.Float16),
            "f4" => ElementType.Of(ScalarType.Float32),
            "f8" => ElementType.Of(ScalarType.Float64),
            "i1" => ElementType.Of(ScalarType.Int8),
            "i2" => ElementType.Of(ScalarType.Int16),
            "i4" => ElementType.Of(ScalarType.Int32),
            "i8" => ElementType.Of(ScalarType.Int64),
            "u1" => ElementType.Of(ScalarType.Byte),
            "b1" => ElementType.Of(ScalarType.Bool),
            "c8" => ElementType.Of(ScalarType.ComplexFloat32),
            "c16" => ElementType.Of(ScalarType.ComplexFloat64),
            _ => null,
        };
    }

    /// <summary>An array that has not been given its elements yet.</summary>
    private sealed record NumpyArray;
}
