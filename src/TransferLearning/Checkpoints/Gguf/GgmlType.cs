namespace TransferLearning;

/// <summary>How the weight matrices of a file for whisper.cpp or llama.cpp are stored; vectors and positions are float32 in all of
/// them.</summary>
public enum GgmlType
{
    /// <summary>float32. In a file for whisper.cpp it is for its own <c>quantize</c>: whisper.cpp does not compute convolutions in float32,
    /// and ends the process that tries.</summary>
    F32,

    /// <summary>float16: half the size.</summary>
    F16,

    /// <summary>Blocks of 32 whole numbers of 8 bits with a factor each (<c>q8_0</c>): about a quarter of the size. Convolutions, and
    /// matrices whose rows are no multiple of 32, are float16.</summary>
    Q8,
}
