namespace TransferLearning.Onnx;

/// <summary>Tensors as a file has them.</summary>
internal static class OnnxTensors
{
    /// <summary>A tensor with its data, a copy.</summary>
    public static TensorProto Of(string name, Tensor tensor)
    {
        TensorProto result = Described(name, tensor);
        using Tensor plain = Plain(tensor);
        result.RawData = UnsafeByteOperations.UnsafeWrap(plain.bytes.ToArray());
        return result;
    }

    /// <summary>A tensor without its data.</summary>
    public static TensorProto Described(string name, Tensor tensor)
    {
        TensorProto result = new() { Name = name, DataType = (int)OnnxTypes.Of(tensor.dtype) };
        result.Dims.AddRange(tensor.shape);
        return result;
    }

    /// <summary>A tensor whose numbers lie one after the other on the CPU; the caller disposes it.</summary>
    public static Tensor Plain(Tensor tensor)
    {
        using Tensor detached = tensor.detach();
        using Tensor there = detached.cpu();
        Tensor plain = there.contiguous();
        return plain;
    }
}
