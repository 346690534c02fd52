namespace Mpi.Tests;

/// <summary>Small images that are made when they are read, each brighter in one channel, which is its class.</summary>
/// <param name="count">How many.</param>
/// <param name="beforeRead">Called with the number of a sample before it is read.</param>
internal sealed class PocketImages(int count, Action<int>? beforeRead = null) : Dataset
{
    public const int Side = 8;

    public static ImagePreprocess Preprocess { get; } = new(
        0, Side, new ChannelValues(0.5f, 0.5f, 0.5f), new ChannelValues(0.25f, 0.25f, 0.25f));

    public override int Count => count;

    public override IReadOnlyList<string> ClassNames { get; } = ["red", "green", "blue"];

    public override int LabelOf(int index) => index % 3;

    public override string NameOf(int index) => $"image {index}";

    public override Sample Read(int index)
    {
        CheckIndex(index);
        beforeRead?.Invoke(index);
        SeededRandom random = new(5, index);
        byte[] rgb = new byte[Side * Side * 3];
        for (int i = 0; i < rgb.Length; i++)
        {
            rgb[i] = (byte)(random.NextInt32(120) + (i % 3 == index % 3 ? 60 : 0));
        }

        return new Sample(NameOf(index), LabelOf(index), new RawImage(Side, Side, rgb));
    }

    protected override long ContentMark(int index) => 1 + index;
}
