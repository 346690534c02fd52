namespace TransferLearning;

/// <summary>A sample could not be read or transformed. The message names it; the cause is the inner exception.</summary>
public sealed class SampleLoadException : Exception
{
    /// <summary>Makes the exception of one sample.</summary>
    /// <param name="sampleName">What the sample is called.</param>
    /// <param name="sampleIndex">Its number in the data set.</param>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">The cause.</param>
    public SampleLoadException(string sampleName, int sampleIndex, string message, Exception innerException) : base(message, innerException)
    {
        SampleName = sampleName;
        SampleIndex = sampleIndex;
    }

    /// <summary>Makes the exception of a sample of a data set.</summary>
    internal SampleLoadException(Dataset dataset, int index, Exception cause)
        : this(
            dataset.NameOf(index),
            index,
            $"Sample {index} of {dataset}, '{dataset.NameOf(index)}', could not be loaded: {cause.Message}",
            cause)
    {
    }

    /// <summary>What the sample is called.</summary>
    public string SampleName { get; }

    /// <summary>Its number in the data set.</summary>
    public int SampleIndex { get; }

    /// <summary>Whether an exception means that a sample cannot be read, and not that the program is wrong.</summary>
    internal static bool IsAboutSample(Exception exception)
        => exception is IOException or MediaException or TokenizerException or InvalidDataException or UnauthorizedAccessException;
}
