namespace TransferLearning;

/// <summary>What a name in a pickle makes of its arguments.</summary>
internal enum PickleConstructor
{
    OrderedDictionary,
    Counter,
    Namespace,
    Set,
    Bytes,
    Encode,
    Size,
    Device,
    StorageClass,
    Tensor,
    TensorWithHooks,
    Parameter,
    NumpyType,
    NumpyScalar,
    NumpyArrayClass,
    NumpyArray,
    ScriptObject,
    ScriptList,
    ScriptTag,
}
