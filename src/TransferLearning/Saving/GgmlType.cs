namespace TransferLearning;

/// <summary>How the weight matrices of a file for whisper.cpp are stored; vectors and positions are float32 in all of them.</summary>
public enum GgmlType
{
    /// <summary>float32, for whisper.cpp's own <c>quantize</c>: it does not compute convolutions in float32, and ends the process that
    /// tries.</summary>
    F32,

    /// <summary>float16: half the size.</summary>
    F16,

    /// <summary>Blocks of 32 whole numbers of 8 bits with a factor each: about a quarter of the size. Convolutions are float16.</summary>
    Q8,
}
