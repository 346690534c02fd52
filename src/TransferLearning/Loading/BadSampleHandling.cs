namespace TransferLearning;

/// <summary>What a <see cref="BatchLoader"/> does with a sample that cannot be read.</summary>
public enum BadSampleHandling
{
    /// <summary>The batch it belongs to throws a <see cref="SampleLoadException"/>; the batches before it are still delivered.</summary>
    Throw,

    /// <summary>
    /// It is left out, so that its batch is smaller, and named in <see cref="BatchLoader.Skipped"/>. This holds for damaged and missing
    /// files (<see cref="IOException"/> and <see cref="MediaException"/>); other errors are mistakes in the program and are thrown.
    /// </summary>
    Skip,
}
