namespace TransferLearning;

/// <summary>What a <see cref="CheckpointValue"/> is.</summary>
public enum CheckpointValueKind
{
    /// <summary>Python's None.</summary>
    None,

    /// <summary>A truth value.</summary>
    Boolean,

    /// <summary>An integer of any size.</summary>
    WholeNumber,

    /// <summary>A 64-bit floating point number.</summary>
    Number,

    /// <summary>A text.</summary>
    Text,

    /// <summary>Raw bytes.</summary>
    Bytes,

    /// <summary>A list.</summary>
    List,

    /// <summary>A tuple.</summary>
    Tuple,

    /// <summary>A set; its order means nothing.</summary>
    Set,

    /// <summary>The shape of a tensor.</summary>
    Size,

    /// <summary>A dictionary, or a plain record of attributes; <see cref="CheckpointValue.ClassName"/> says which.</summary>
    Dictionary,

    /// <summary>A tensor that can be read.</summary>
    Tensor,

    /// <summary>An element type.</summary>
    Dtype,

    /// <summary>A part of the file's grammar. Never in a tree that was handed out.</summary>
    Grammar,
}
