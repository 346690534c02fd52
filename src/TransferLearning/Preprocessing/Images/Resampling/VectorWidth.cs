namespace TransferLearning;

/// <summary>Which form of a loop runs. All give the same bits; tests ask for each, the library for the best.</summary>
internal enum VectorWidth
{
    /// <summary>One number at a time.</summary>
    Scalar = 1,

    /// <summary>Vectors of 128 bits.</summary>
    Bits128 = 4,

    /// <summary>Vectors of 256 bits.</summary>
    Bits256 = 8,

    /// <summary>Vectors of 512 bits.</summary>
    Bits512 = 16,
}
