namespace TransferLearning;

/// <summary>An image or sound could not be read. The message names it and says why.</summary>
public sealed class MediaException : Exception
{
    /// <summary>Makes the exception of one item.</summary>
    /// <param name="itemName">What the item is called: its path, usually.</param>
    /// <param name="message">What is wrong and what to do.</param>
    /// <param name="innerException">The cause, if another exception reported it.</param>
    public MediaException(string itemName, string message, Exception? innerException = null)
        : base(message, innerException) => ItemName = itemName;

    /// <summary>What the item is called: its path, usually.</summary>
    public string ItemName { get; }

    /// <summary>The error of an image file that was cut.</summary>
    internal static MediaException Truncated(string name) => new(
        name,
        $"'{name}' ends before its image does. Copy the file again, or set "
            + $"{nameof(ImageDecodeOptions)}.{nameof(ImageDecodeOptions.AcceptTruncated)} to use what is there.");
}
