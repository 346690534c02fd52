namespace TransferLearning.Tests;

public sealed class ResamplerTests
{
    public static TheoryData<int, int, int, int, Interpolation> Cases => new()
    {
        { 37, 53, 23, 17, Interpolation.Bilinear },
        { 53, 37, 71, 67, Interpolation.Bilinear },
        { 1, 1, 5, 3, Interpolation.Bilinear },
        { 2, 9, 1, 1, Interpolation.Bilinear },
        { 3, 5, 7, 2, Interpolation.Bicubic },
        { 500, 75, 31, 29, Interpolation.Bicubic },
        { 61, 64, 20, 64, Interpolation.Bicubic },
        { 61, 64, 61, 40, Interpolation.Lanczos },
        { 129, 65, 43, 3, Interpolation.Lanczos },
        { 45, 33, 20, 90, Interpolation.Box },
        { 45, 33, 11, 9, Interpolation.Hamming },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_vector_width_gives_the_bits_of_the_scalar_loop(
        int width, int height, int newWidth, int newHeight, Interpolation interpolation)
    {
        using ImagePixels image = TestImages.Noise(width, height, seed: width + height);
        using ImagePixels expected = Resampler.Resize(image, newWidth, newHeight, interpolation, VectorWidth.Scalar);
        foreach (VectorWidth vectors in new[] { VectorWidth.Bits128, VectorWidth.Bits256, VectorWidth.Bits512 })
        {
            using ImagePixels actual = Resampler.Resize(image, newWidth, newHeight, interpolation, vectors);
            Assert.Equal(expected.Bytes.ToArray(), actual.Bytes.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_part_is_the_part_of_the_whole(int width, int height, int newWidth, int newHeight, Interpolation interpolation)
    {
        using ImagePixels image = TestImages.Noise(width, height, seed: 3);
        using ImagePixels whole = Resampler.Resize(image, newWidth, newHeight, interpolation);
        int left = newWidth / 3, top = newHeight / 2;
        PixelBox part = new(left, top, newWidth - left, newHeight - top);
        using ImagePixels actual = Resampler.Resize(image, PixelBox.Whole(image), newWidth, newHeight, part, interpolation);
        SeededRandom random = default(SeededRandom);
        using ImagePixels expected = new Crop(top, left, newHeight - top, newWidth - left).Apply(TestImages.Copy(whole), ref random);
        Assert.Equal(expected.Bytes.ToArray(), actual.Bytes.ToArray());
    }

    [Fact]
    public void A_image_of_one_colour_keeps_it()
    {
        using ImagePixels image = new(19, 23);
        image.Bytes.Fill(201);
        foreach (Interpolation interpolation in Enum.GetValues<Interpolation>())
        {
            using ImagePixels resized = Resampler.Resize(image, 7, 41, interpolation);
            Assert.True(resized.Bytes.IndexOfAnyExcept((byte)201) < 0, $"{interpolation}");
        }
    }

    [Fact]
    public void An_extreme_shape_takes_memory_for_the_crop_only()
    {
        // The resized image would have 1,024,000,000 columns; its centre has 224.
        SeededRandom random = default(SeededRandom);
        using ImagePixels centre = new ResizeCenterCrop(256, 224).Apply(TestImages.Noise(4_000_000, 1, seed: 1), ref random);
        Assert.Equal((224, 224), (centre.Width, centre.Height));
    }
}
