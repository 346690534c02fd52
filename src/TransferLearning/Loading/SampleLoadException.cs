namespace TransferLearning;

/// <summary>A sample could not be read or transformed. The message names it; the cause is the inner exception.</summary>
public sealed class SampleLoadException : Exception
{
    /// <summary>Makes the exception of one sample.</summary>
    /// <param name="sampleName">What the sample is called.</param>
    /// <param name="sampleIndex">Its number in the data set.</param>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">The cause.</param>
    public SampleLoadException(string sampleName, int sampleIndex, string message, Exception innerException)
        : base(message, innerException)
    {
        SampleName = sampleName;
        SampleIndex = sampleIndex;
    }

    /// <summary>What the sample is called.</summary>
    public string SampleName { get; }

    /// <summary>Its number in the data set.</summary>
    public int SampleIndex { get; }
}
