namespace TransferLearning.Wikipedia;

/// <summary>A stream over another one that is read once, from its beginning to its end.</summary>
/// <param name="input">What is read; disposed with the stream.</param>
internal abstract class InputStream(Stream input) : ReadOnlyStream
{
    /// <summary>What is read.</summary>
    protected Stream Input => input;

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            input.Dispose();
        }

        base.Dispose(disposing);
    }
}
