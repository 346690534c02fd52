using System.Security.Cryptography;

namespace TransferLearning;

/// <summary>A data set whose images are decoded and changed by some steps when they are read.</summary>
internal sealed class TransformedDataset : Dataset
{
    private readonly Dataset _source;
    private readonly ImagePipeline _pipeline;
    private readonly long _seed;
    private readonly long _mark;

    /// <param name="source">The set; it stays its owner's.</param>
    /// <param name="transforms">The steps.</param>
    /// <param name="seed">What fixes the draws.</param>
    /// <param name="codec">What decodes image files; null means <see cref="ImageCodec.Default"/>.</param>
    public TransformedDataset(Dataset source, IReadOnlyList<ImageTransform> transforms, long seed, IImageCodec? codec = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(transforms);
        (_source, _seed) = (source, seed);
        _pipeline = new ImagePipeline(transforms, 1, 1, new ChannelValues(0, 0, 0), new ChannelValues(1, 1, 1), codec);
        byte[] steps = Encoding.UTF8.GetBytes($"{_pipeline.Fingerprint};{seed}");
        _mark = BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(steps));
    }

    public override int Count => _source.Count;
    public override IReadOnlyList<string> ClassNames => _source.ClassNames;

    public override int LabelOf(int index) => _source.LabelOf(index);

    // Boxes move with the pixels.
    public override Target TargetOf(int index) => _source.TargetOf(index) is { } target and not BoxesTarget ? target : Read(index).Target;

    public override string NameOf(int index) => _source.NameOf(index);

    public override Sample Read(int index)
    {
        Sample sample = _source.Read(index);
        SeededRandom random = new(_seed, 0, index);
        (ImagePixels image, Target target) = _pipeline.Transform(sample, ref random);
        using (image)
        {
            return sample with { Input = RawPixels.Narrow(image), Target = target };
        }
    }

    public override string ToString() => $"{_source} with other images";

    protected internal override long ContentMark(int index) => unchecked((31 * _source.ContentMark(index)) + _mark);
}
