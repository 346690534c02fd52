namespace TransferLearning;

/// <summary>What a decoder accepts.</summary>
public sealed record ImageDecodeOptions
{
    /// <summary>
    /// The most pixels an image may claim to have. A larger one is refused from its header, before memory is taken, so
    /// that a small hostile file cannot ask for a large buffer.
    /// </summary>
    /// <value>64 million, which is 256 MB of pixels.</value>
    public long MaximumPixels { get; init; } = 64_000_000;

    /// <summary>Whether an image whose file ends too early is given as far as it goes, instead of being refused.</summary>
    /// <value>False: a truncated image is an error.</value>
    public bool AcceptTruncated { get; init; }

    /// <summary>
    /// When set, a JPEG file may be decoded at an eighth, a quarter, … seven eighths of its size: the smallest whose shorter side still has at
    /// least this many pixels. It pays for photographs several times as large as the network's input.
    /// </summary>
    /// <value>
    /// Null: every image is decoded whole, and resizing gives the pixels of Python's imaging library bit for bit. Otherwise twice the shorter
    /// side that a pipeline resizes to belongs here: the resized pixels of photographs then differ by one level of 255 in the mean, in no
    /// image by more than two, and by 30 at the sharpest edges. With that side itself it is two to three, eight, and 90. The place of every
    /// pixel stays the same, as steps that resize go by the size in the file. Other kinds of files are decoded whole.
    /// </value>
    public int? ReducedShorterSide { get; init; }
}
