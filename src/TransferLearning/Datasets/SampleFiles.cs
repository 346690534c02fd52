namespace TransferLearning;

/// <summary>Numbered image files, in a folder or in an archive. Members may be called from several threads at once.</summary>
internal abstract class SampleFiles : IDisposable
{
    /// <summary>No image file is larger; whatever claims to be is damaged, hostile or no image.</summary>
    public const long MaximumFileBytes = 256L << 20;

    public abstract int Count { get; }

    /// <summary>The path below the place that was opened, with '/' between its parts.</summary>
    public abstract string NameOf(int index);

    /// <summary>A number that changes with the content, as far as can be known without reading it.</summary>
    public abstract long MarkOf(int index);

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="DatasetException">It cannot be read, is damaged, or is larger than <see cref="MaximumFileBytes"/>.</exception>
    public abstract byte[] Read(int index);

    public abstract void Dispose();
}
