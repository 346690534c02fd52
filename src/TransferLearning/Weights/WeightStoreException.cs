namespace TransferLearning;

/// <summary>Published weights could not be had. The message names the file, the address, and what to do.</summary>
public sealed class WeightStoreException : IOException
{
    internal WeightStoreException(WeightStoreErrorKind kind, WeightEntry entry, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Kind = kind;
        Entry = entry;
    }

    /// <summary>Why.</summary>
    public WeightStoreErrorKind Kind { get; }

    /// <summary>The weights asked for.</summary>
    public WeightEntry Entry { get; }
}
