namespace PublicParts.Tests;

/// <summary>
/// A data set of one's own: small images that are made when they are read, each brighter in one channel, which is its class.
/// </summary>
internal sealed class ColorImages(int count) : Dataset
{
    public const int Side = 8;

    public static ImagePreprocess Preprocess { get; } = new(
        0, Side, new ChannelValues(0.5f, 0.5f, 0.5f), new ChannelValues(0.25f, 0.25f, 0.25f));

    public override int Count => count;

    public override IReadOnlyList<string> ClassNames { get; } = ["red", "green", "blue"];

    public override int LabelOf(int index)
    {
        CheckIndex(index);
        return index % 3;
    }

    public override string NameOf(int index) => $"color {index}";

    public override Sample Read(int index) => new(NameOf(index), LabelOf(index), Image(index));

    /// <summary>The pixels of a sample, from its number alone.</summary>
    public static RawImage Image(int index)
    {
        SeededRandom random = new(5, index);
        byte[] rgb = new byte[Side * Side * 3];
        for (int i = 0; i < rgb.Length; i++)
        {
            rgb[i] = (byte)(random.NextInt32(120) + (i % 3 == index % 3 ? 100 : 0));
        }

        return new RawImage(Side, Side, rgb);
    }

    // The content follows from the number, so a constant is a true mark.
    protected override long ContentMark(int index) => 1 + index;
}
