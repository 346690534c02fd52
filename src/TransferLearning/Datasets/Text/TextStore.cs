namespace TransferLearning;

/// <summary>Numbered texts. Members may be called from several threads at once.</summary>
internal abstract class TextStore : IDisposable
{
    public abstract int Count { get; }

    public abstract string NameOf(int index);

    /// <summary>A number that changes with the content, as far as can be known without reading it.</summary>
    public abstract long MarkOf(int index);

    /// <exception cref="DatasetException">It cannot be read.</exception>
    /// <returns>What the text holds, and its target; null where that is the class of the text.</returns>
    public abstract (SampleContent Input, Target? Target) Read(int index);

    public abstract void Dispose();
}
