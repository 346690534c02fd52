namespace TransferLearning.Onnx;

/// <summary>What a value of a graph depends on.</summary>
internal enum RunValueKind
{
    /// <summary>On nothing: an initialiser, or what is computed of some.</summary>
    Constant,

    /// <summary>It is elements of one weight of the network.</summary>
    Weight,

    /// <summary>On the input, or on what a part with weights gives.</summary>
    Data,
}
