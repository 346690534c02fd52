namespace TransferLearning;

/// <summary>In which number type a network multiplies. Weights, statistics, losses and results stay float32 either way.</summary>
// CA1720: the names of number types are what this is about.
#pragma warning disable CA1720
public enum Precision
{
    /// <summary>IEEE single precision: what PyTorch does by default.</summary>
    Float32,

    /// <summary>Convolutions and matrix products in bfloat16 (8 bits of mantissa, float32's range). About twice as fast where the CPU
    /// has AMX, the GPU bfloat16 units, or AVX512_BF16 is fast, which it is not on every processor; results differ by about half a per
    /// cent. It is allowed and not forced: where it is measured to be slower, float32 is used. What writes reads its weights in bfloat16
    /// instead, on any CPU with AVX2, and multiplies float32.</summary>
    BFloat16,

    /// <summary>
    /// Convolutions and linear layers of what is frozen in whole numbers of 8 bits (post-training static quantisation), for features,
    /// evaluation and prediction on processors with AVX512_VNNI or AVX_VNNI: two to three times as fast as float32. Ranges are those of the
    /// first batch; results differ by some per cent, which is checked on it. Not for what is trained. What writes reads its weights in 8
    /// bits instead, and multiplies float32.
    /// </summary>
    Int8,
}
#pragma warning restore CA1720
