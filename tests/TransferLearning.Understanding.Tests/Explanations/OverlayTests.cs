namespace TransferLearning.Tests;

public sealed class OverlayTests
{
    [Fact]
    public void Sequential_colours_grow_lighter_evenly()
    {
        double[] lightness = [.. Enumerable.Range(0, 11).Select(step => Lightness(HeatColors.Sequential(step / 10.0)))];
        double[] steps = [.. lightness.Zip(lightness.Skip(1), (dark, light) => light - dark)];
        Assert.All(steps, step => Assert.InRange(step, 0.05, 0.09));
        Assert.Equal(HeatColors.Sequential(0), HeatColors.Sequential(-1));
    }

    [Fact]
    public void Diverging_colours_differ_in_blue_and_orange_and_are_equally_light()
    {
        for (double strength = 0.1; strength <= 1; strength += 0.1)
        {
            (double Red, double Green, double Blue) against = HeatColors.Diverging(-strength), speaksFor = HeatColors.Diverging(strength);
            Assert.Equal(Lightness(against), Lightness(speaksFor), 0.03);
            Assert.True(against.Blue > against.Red && speaksFor.Red > speaksFor.Blue);
        }

        Assert.Equal(HeatColors.Diverging(0), HeatColors.Diverging(-0.0));
    }

    [Fact]
    public void The_overlay_is_the_image_where_nothing_counts_and_the_colour_where_most_does()
    {
        AttributionMap map = new(2, 2, [0, 1, 0, 0.5]);
        using ImagePixels drawing = Overlay.Draw(map, isSigned: false, (_, _) => 0.2, new OverlayOptions { Opacity = 1, Scale = 3 });
        Assert.Equal((6, 6), (drawing.Width, drawing.Height));
        Assert.Equal((51, 51, 51), Pixel(drawing, 0, 0));
        Assert.Equal((51, 51, 51), Pixel(drawing, 2, 5));
        (double red, double green, double blue) = HeatColors.Sequential(1);
        Assert.Equal(((byte)Math.Round(255 * red), (byte)Math.Round(255 * green), (byte)Math.Round(255 * blue)), Pixel(drawing, 5, 0));
        using ImagePixels empty = Overlay.Draw(new(1, 1, [0]), isSigned: true, (_, _) => 1, new OverlayOptions { Scale = 1 });
        Assert.Equal((255, 255, 255), Pixel(empty, 0, 0));
    }

    [Fact]
    public void It_is_written_as_a_png_file_of_the_crop()
    {
        using TemporaryFolder folder = new();
        using ImageModel model = ImageModel.Create("resnet20", 3);
        RawImage image = new(64, 40, new byte[3 * 64 * 40]);
        ImageAttribution attribution = model.Explain(image, new Saliency());
        attribution.SaveOverlay(folder.File("why.png"));
        using ImagePixels read = new SkiaImageCodec().Decode(File.ReadAllBytes(folder.File("why.png")), "why.png");
        Assert.Equal((192, 192), (read.Width, read.Height));
        byte[] bare = attribution.ToOverlay(new OverlayOptions { Scale = 1, Opacity = 0 });
        using ImagePixels plain = new SkiaImageCodec().Decode(bare, "plain");
        Assert.Equal((32, 32), (plain.Width, plain.Height));
        Assert.Equal((0, 0, 0), Pixel(plain, 16, 16)); // the image itself, its normalisation undone
        Assert.Throws<ArgumentException>(() => attribution.ToOverlay(new OverlayOptions { Opacity = 2 }));
    }

    private static (byte Red, byte Green, byte Blue) Pixel(ImagePixels image, int x, int y)
    {
        Span<byte> pixel = image.Bytes.Slice((y * image.Stride) + (4 * x), 3);
        return (pixel[0], pixel[1], pixel[2]);
    }

    // Oklab's, of sRGB.
    private static double Lightness((double Red, double Green, double Blue) color)
    {
        (double r, double g, double b) = (Linear(color.Red), Linear(color.Green), Linear(color.Blue));
        return (0.2104542553 * Math.Cbrt((0.4122214708 * r) + (0.5363325363 * g) + (0.0514459929 * b)))
            + (0.7936177850 * Math.Cbrt((0.2119034982 * r) + (0.6806995451 * g) + (0.1073969566 * b)))
            - (0.0040720468 * Math.Cbrt((0.0883024619 * r) + (0.2817188376 * g) + (0.6299787005 * b)));

        static double Linear(double channel) => channel <= 0.04045 ? channel / 12.92 : Math.Pow((channel + 0.055) / 1.055, 2.4);
    }
}
