namespace TransferLearning;

/// <summary>A name that a pickle may refer to. The list is closed: a name outside it is refused when it is read, before anything could be
/// done with it, and what stands in the list is carried out here, never looked up.</summary>
internal sealed record PickleGlobal(string Name, PickleConstructor Constructor, ElementType? Element = null)
{
    private static readonly Dictionary<(string Module, string Name), PickleConstructor> Known = new()
    {
        [("collections", "OrderedDict")] = PickleConstructor.OrderedDictionary,
        [("collections", "Counter")] = PickleConstructor.Counter,
        [("argparse", "Namespace")] = PickleConstructor.Namespace,
        [("torch", "Size")] = PickleConstructor.Size,
        [("torch", "device")] = PickleConstructor.Device,
        [("torch._utils", "_rebuild_tensor")] = PickleConstructor.Tensor,
        [("torch._utils", "_rebuild_tensor_v2")] = PickleConstructor.TensorWithHooks,
        [("torch._utils", "_rebuild_parameter")] = PickleConstructor.Parameter,
        [("torch._utils", "_rebuild_parameter_with_state")] = PickleConstructor.Parameter,
        [("builtins", "set")] = PickleConstructor.Set,
        [("__builtin__", "set")] = PickleConstructor.Set,
        [("builtins", "frozenset")] = PickleConstructor.Set,
        [("__builtin__", "frozenset")] = PickleConstructor.Set,
        [("builtins", "bytes")] = PickleConstructor.Bytes,
        [("__builtin__", "bytes")] = PickleConstructor.Bytes,
        [("builtins", "bytearray")] = PickleConstructor.Bytes,
        [("__builtin__", "bytearray")] = PickleConstructor.Bytes,
        [("_codecs", "encode")] = PickleConstructor.Encode,
        [("numpy", "dtype")] = PickleConstructor.NumpyType,
        [("numpy", "ndarray")] = PickleConstructor.NumpyArrayClass,
        [("numpy.core.multiarray", "scalar")] = PickleConstructor.NumpyScalar,
        [("numpy._core.multiarray", "scalar")] = PickleConstructor.NumpyScalar,
        [("numpy.core.multiarray", "_reconstruct")] = PickleConstructor.NumpyArray,
        [("numpy._core.multiarray", "_reconstruct")] = PickleConstructor.NumpyArray,
    };

    /// <summary>The beginning of the names of a program's own classes.</summary>
    public const string ScriptClasses = "__torch__";

    // What a TorchScript program's pickle may name besides: an object is its attributes, and lists are lists.
    private static readonly Dictionary<string, PickleConstructor> Script = new()
    {
        ["build_intlist"] = PickleConstructor.ScriptList,
        ["build_doublelist"] = PickleConstructor.ScriptList,
        ["build_boollist"] = PickleConstructor.ScriptList,
        ["build_tensorlist"] = PickleConstructor.ScriptList,
        ["restore_type_tag"] = PickleConstructor.ScriptTag,
    };

    private static readonly Dictionary<string, ScalarType> Dtypes = new()
    {
        ["float16"] = ScalarType.Float16,
        ["bfloat16"] = ScalarType.BFloat16,
        ["float32"] = ScalarType.Float32,
        ["float64"] = ScalarType.Float64,
        ["int8"] = ScalarType.Int8,
        ["int16"] = ScalarType.Int16,
        ["int32"] = ScalarType.Int32,
        ["int64"] = ScalarType.Int64,
        ["uint8"] = ScalarType.Byte,
        ["bool"] = ScalarType.Bool,
        ["complex64"] = ScalarType.ComplexFloat32,
        ["complex128"] = ScalarType.ComplexFloat64,
    };

    /// <summary>The value that a name stands for.</summary>
    /// <param name="input">The pickle, for errors.</param>
    /// <param name="module">The module.</param>
    /// <param name="name">The name in it.</param>
    /// <param name="isScript">Whether the pickle is of a TorchScript program, whose objects are taken as data.</param>
    public static CheckpointValue Resolve(PickleInput input, string module, string name, bool isScript)
    {
        if (isScript && (module == ScriptClasses || module.StartsWith($"{ScriptClasses}.", StringComparison.Ordinal)))
        {
            return CheckpointValue.OfGrammar(new PickleGlobal($"{module}.{name}", PickleConstructor.ScriptObject));
        }

        if (isScript && module == "torch.jit._pickle" && Script.TryGetValue(name, out PickleConstructor part))
        {
            return CheckpointValue.OfGrammar(new PickleGlobal(name, part));
        }

        if (Known.TryGetValue((module, name), out PickleConstructor constructor))
        {
            return CheckpointValue.OfGrammar(new PickleGlobal(name, constructor));
        }

        if (module == "torch" && Dtypes.TryGetValue(name, out ScalarType dtype))
        {
            return CheckpointValue.Of(dtype);
        }

        if (module is "torch" or "torch.cuda" && ElementType.FromStorageClass(name) is { } element)
        {
            return CheckpointValue.OfGrammar(new PickleGlobal(name, PickleConstructor.StorageClass, element));
        }

        if (module is "torch" or "torch.cuda" or "torch.storage"
            && name.EndsWith("Storage", StringComparison.Ordinal) && !name.Contains('.', StringComparison.Ordinal))
        {
            throw input.Error(CheckpointErrorKind.BadDtype, $"The storage class '{module}.{name}' has no element type here.");
        }

        throw input.Error(
            CheckpointErrorKind.UnsafeGlobal,
            $"It names '{module}.{name}', which is no part of a tensor. A checkpoint may hold tensors, numbers, texts and containers only; "
                + "nothing was run. Save the weights alone: torch.save(model.state_dict(), path).");
    }
}
