using SkiaSharp;

namespace TransferLearning.Reports.Tests;

public sealed class ContactSheetTests
{
    [Fact]
    public void A_row_shows_a_sample_and_a_column_a_draw()
    {
        using TemporaryFolder folder = new();
        using Dataset images = Examples.Images(10);
        string path = Path.Combine(folder.Path, "batch.png");
        images.SaveContactSheet(path, new ContactSheetOptions { Samples = 3, Draws = 6, Size = 100 });
        using SKBitmap sheet = SKBitmap.Decode(path);
        Assert.Equal(6 + (6 * 106), sheet.Width);
        Assert.True(sheet.Height > 3 * 100);
    }

    [Fact]
    public void It_shows_what_training_sees_and_normalisation_is_undone()
    {
        using TemporaryFolder folder = new();
        using Dataset images = Examples.Images(4);
        using ImageModel model = TransferModel.Create("resnet20", 2) as ImageModel ?? throw new InvalidOperationException();
        string path = Path.Combine(folder.Path, "batch.png");
        model.SaveContactSheet(images, path, new ContactSheetOptions { Samples = 4, Draws = 5, Size = 96, Seed = 7 });
        using SKBitmap sheet = SKBitmap.Decode(path);

        // The bluest and the reddest pixel are those of the images, though the network sees them normalised.
        SKColor[] pixels = [.. sheet.Pixels];
        Assert.Contains(pixels, pixel => pixel.Red > 220 && pixel.Green < 60 && pixel.Blue < 60);
        Assert.Contains(pixels, pixel => pixel.Red < 60 && pixel.Blue > 170);
    }

    [Fact]
    public void Draws_are_those_of_the_loader()
    {
        using Dataset images = Examples.Images(4);
        ImagePipeline pipeline = ImagePipeline.ForTraining(ImagePreprocess.ImageNet);
        BatchLoader loader = new(images, pipeline, new LoaderOptions { BatchSize = 4, Seed = 7, Workers = 0 });
        using Batch batch = loader.Epoch(2).First();
        float[] expected = [.. ((ImageInput)batch.Input).Values.data<float>()];
        float[] own = new float[3 * 224 * 224];
        SeededRandom random = new(7, 2, 3);
        pipeline.Apply(images.Read(3), ref random, own);
        Assert.Equal(expected[^own.Length..], own);
    }

    [Fact]
    public void The_same_seed_gives_the_same_file()
    {
        using TemporaryFolder folder = new();
        using Dataset images = Examples.Images(6);
        string one = Path.Combine(folder.Path, "1.png"), two = Path.Combine(folder.Path, "2.png");
        string other = Path.Combine(folder.Path, "3.png");
        ContactSheetOptions options = new() { Samples = 2, Draws = 3, Size = 64, Seed = 1 };
        images.SaveContactSheet(one, options);
        images.SaveContactSheet(two, options);
        images.SaveContactSheet(other, options with { Seed = 2 });
        Assert.Equal(File.ReadAllBytes(one), File.ReadAllBytes(two));
        Assert.NotEqual(File.ReadAllBytes(one), File.ReadAllBytes(other));
    }

    [Fact]
    public void A_set_without_samples_is_refused()
    {
        using Dataset images = Examples.Images(4);
        Assert.Throws<ArgumentException>(() => images.Take(0).SaveContactSheet("none.png"));
    }
}
