namespace TransferLearning;

/// <summary>CIFAR-10 (Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009) in its published binary form: 60,000
/// images of 32 x 32 pixels in ten classes.</summary>
/// <remarks>A record is one byte of label and 3,072 bytes of image: 1,024 of red, then green, then blue, row by row. A sample is called by
/// its file and its number in it: <c>data_batch_1.bin/17</c>.</remarks>
public sealed class Cifar10 : Dataset
{
    private const int Side = 32;
    private const int PlaneBytes = Side * Side;
    private const int ImageBytes = 3 * PlaneBytes;

    private readonly CifarFile[] _files;
    private readonly int[] _starts;
    private readonly byte[] _labels;
    private readonly string[] _classNames;
    private readonly string _path;

    private Cifar10(string path, string[] classNames, CifarFile[] files)
    {
        _path = path;
        _classNames = classNames;
        _files = files;
        _labels = [.. files.SelectMany(file => file.Labels)];
        _starts = new int[files.Length + 1];
        for (int i = 0; i < files.Length; i++)
        {
            _starts[i + 1] = _starts[i] + files[i].Labels.Length;
        }
    }

    /// <inheritdoc/>
    public override int Count => _labels.Length;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames => _classNames;

    /// <summary>Opens the training or the test part.</summary>
    /// <param name="path">The folder <c>cifar-10-batches-bin</c> or the one around it, whose files are read as samples are asked for; or
    /// the archive <c>cifar-10-binary.tar.gz</c>, of which the part asked for is held in memory (154 MB for training, 31 MB for the
    /// test).</param>
    /// <param name="train">True for <c>data_batch_1.bin</c> to <c>data_batch_5.bin</c>, false for <c>test_batch.bin</c>.</param>
    /// <returns>The set; the caller disposes it, which closes the files.</returns>
    /// <exception cref="DatasetException">A file is missing, has a wrong size, is damaged, or holds a label above 9.</exception>
    public static Cifar10 Open(string path, bool train = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = Path.GetFullPath(path);
        string[] wanted = train ? [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin")] : ["test_batch.bin"];
        if (Directory.Exists(full))
        {
            (string[] names, CifarFile[] files) = CifarFolder.Open(full, wanted);
            return new Cifar10(full, names, files);
        }

        if (File.Exists(full))
        {
            (string[] names, CifarFile[] files) = CifarArchive.Open(full, wanted);
            return new Cifar10(full, names, files);
        }

        throw new DatasetException(
            $"There is no '{full}'. Expected the folder cifar-10-batches-bin or the archive cifar-10-binary.tar.gz, " +
            "the binary version of CIFAR-10.");
    }

    /// <inheritdoc/>
    public override int LabelOf(int index)
    {
        CheckIndex(index);
        return _labels[index];
    }

    /// <inheritdoc/>
    public override string NameOf(int index)
    {
        (CifarFile file, int record) = Find(index);
        return $"{file.Name}/{record}";
    }

    /// <inheritdoc/>
    /// <exception cref="DatasetException">Its bytes could not be read; the message names the file.</exception>
    public override Sample Read(int index)
    {
        (CifarFile file, int record) = Find(index);
        Span<byte> planes = stackalloc byte[ImageBytes];
        file.ReadImage(record, planes);
        byte[] rgb = new byte[ImageBytes];
        for (int i = 0; i < PlaneBytes; i++)
        {
            rgb[3 * i] = planes[i];
            rgb[(3 * i) + 1] = planes[PlaneBytes + i];
            rgb[(3 * i) + 2] = planes[(2 * PlaneBytes) + i];
        }

        return new Sample(NameOf(index), _labels[index], new RawImage(Side, Side, rgb));
    }

    /// <inheritdoc/>
    public override string ToString() => $"'{_path}'";

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (CifarFile file in _files)
        {
            file.Dispose();
        }

        base.Dispose(disposing);
    }

    private (CifarFile File, int Record) Find(int index)
    {
        CheckIndex(index);
        int found = Array.BinarySearch(_starts, index);
        int file = found >= 0 ? found : ~found - 1;
        return (_files[file], index - _starts[file]);
    }
}
