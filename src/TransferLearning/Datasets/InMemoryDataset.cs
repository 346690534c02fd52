using System.Security.Cryptography;

namespace TransferLearning;

/// <summary>Samples that are in memory already; made with <see cref="Dataset.FromImages"/> or from a list of samples.</summary>
public sealed class InMemoryDataset : Dataset
{
    private readonly Sample[] _samples;
    private readonly string[] _classNames;

    /// <summary>Makes the set. The lists are copied, the contents of the samples are not.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="classNames">The names of the classes.</param>
    /// <exception cref="ArgumentException">A label names no class, a class has no name, or an image has the wrong number of
    /// bytes.</exception>
    public InMemoryDataset(IReadOnlyList<Sample> samples, IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(classNames);
        _samples = [.. samples];
        _classNames = [.. classNames];
        if (Array.Exists(_classNames, string.IsNullOrEmpty))
        {
            throw new ArgumentException("A class has no name.", nameof(classNames));
        }

        foreach (Sample sample in _samples)
        {
            Check(sample);
        }
    }

    /// <inheritdoc/>
    public override int Count => _samples.Length;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames => _classNames;

    /// <inheritdoc/>
    public override int LabelOf(int index) => Read(index).Target.ClassNumbers.FirstOrDefault();

    /// <inheritdoc/>
    public override Target TargetOf(int index) => Read(index).Target;

    /// <inheritdoc/>
    public override string NameOf(int index) => Read(index).Name;

    /// <inheritdoc/>
    public override Sample Read(int index)
    {
        CheckIndex(index);
        return _samples[index];
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Count} samples in memory";

    /// <inheritdoc/>
    protected internal override long ContentMark(int index)
    {
        Sample sample = Read(index);
        int width = (sample.Input as RawImage)?.Width ?? 0;
        byte[] all = [.. sample.Input.ToBytes().Span, .. sample.Target.ToBytes().Span];
        return BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(all)) ^ width;
    }

    private void Check(Sample sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        if (sample.Input is null || sample.Target is null)
        {
            throw new ArgumentException(
                $"'{sample.Name}' has no "
                    + $"{(sample.Input is null ? "content" : "target; where nothing is to be learned it is NoTarget.Instance")}.");
        }

        foreach (int wrong in sample.Target.ClassNumbers.Where(number => (uint)number >= (uint)_classNames.Length))
        {
            throw new ArgumentException(
                $"'{sample.Name}' has the label {wrong}, but there are {_classNames.Length} classes, numbered from 0.");
        }

        if (sample.Input is RawImage raw && (raw.ExpectedBytes == 0 || raw.ExpectedBytes != raw.Rgb.Length))
        {
            throw new ArgumentException(
                $"'{sample.Name}' claims {raw.Width} x {raw.Height} pixels and has {raw.Rgb.Length} bytes; " +
                "expected width x height x 3, both sizes positive.");
        }
    }
}
