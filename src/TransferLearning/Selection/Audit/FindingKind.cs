namespace TransferLearning;

/// <summary>What is wrong with a sample.</summary>
public enum FindingKind
{
    /// <summary>It cannot be read or decoded.</summary>
    Unreadable,

    /// <summary>It is in the test set as well, or something nearly the same is.</summary>
    Leak,

    /// <summary>Its content is that of another sample, and their labels differ.</summary>
    LabelConflict,

    /// <summary>Its label is probably wrong.</summary>
    LabelError,

    /// <summary>Its content is that of an earlier sample: the same pixels, characters or bytes.</summary>
    ExactDuplicate,

    /// <summary>It is nearly the same as an earlier sample.</summary>
    NearDuplicate,

    /// <summary>It is far from all others.</summary>
    Outlier,

    /// <summary>There is nothing in it: one colour, no word, no sound.</summary>
    Blank,

    /// <summary>It is much smaller or larger than the others.</summary>
    Size,

    /// <summary>It is long and narrow.</summary>
    Aspect,

    /// <summary>Its colours are stored unlike those of nearly all others: grey, CMYK, a palette.</summary>
    ColorMode,

    /// <summary>Its EXIF data ask that it be turned or mirrored, which not every program does.</summary>
    Rotation,

    /// <summary>It is blurred.</summary>
    Blurred,

    /// <summary>It is nearly black.</summary>
    Dark,

    /// <summary>It is nearly white.</summary>
    Bright,
}
