using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>Sets of a few small images and texts, and the smallest models for them.</summary>
internal static class SmallSets
{
    public static readonly string[] Colours = ["blue", "green", "red"];

    /// <summary>An image of noise with one bright channel.</summary>
    public static RawImage Image(int number, int channel, int side = 32)
    {
        SeededRandom random = new(number);
        byte[] pixels = new byte[side * side * 3];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)(random.NextInt32(128) + (i % 3 == channel ? 127 : 0));
        }

        return new RawImage(side, side, pixels);
    }

    /// <summary>The same samples in the same order, whatever the order of the classes.</summary>
    public static Dataset Images(int count, params string[] classNames)
        => new InMemoryDataset(
            [
                .. Enumerable
                    .Range(0, count)
                    .Select(i => new Sample($"image {i}", Array.IndexOf(classNames, Colours[i % 3]), Image(i, i % 3)))
            ],
            classNames);

    /// <summary>Writes images into one folder for each class and gives their paths with the name of the class.</summary>
    public static IReadOnlyList<(string Path, string ClassName)> WriteImages(string folder, int each)
    {
        List<(string, string)> written = [];
        for (int i = 0; i < 3 * each; i++)
        {
            string path = Path.Combine(folder, Colours[i % 3], $"{i}.png");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using ImagePixels image = new(32, 32);
            Image(i, i % 3).Rgb.Span.CopyTo(image.Bytes);
            File.WriteAllBytes(path, ImageEncoder.ToPng(image));
            written.Add((path, Colours[i % 3]));
        }

        return written;
    }

    /// <summary>A fresh model whose outputs are near each other; names of no length leave its classes without names.</summary>
    public static ImageModel ImageModel(params string[] classNames)
    {
        ImageModel model = TransferModel.Create("resnet20", classNames.Length, seed: 4);
        return classNames[0].Length > 0 ? model.ReplaceHead(classNames) : model.ReplaceHead(classNames.Length);
    }

    /// <summary>What an evaluation must give: the mean of -log p of the true class, by its name.</summary>
    public static (double Loss, double Accuracy) ByName(IEnumerable<(Prediction Prediction, string Truth)> predictions)
    {
        (double Loss, bool IsRight)[] all =
        [
            .. predictions.Select(entry => (
                -Math.Log(entry.Prediction.Scores.Single(score => score.Name == entry.Truth).Probability),
                entry.Prediction.ClassName == entry.Truth)),
        ];
        return (all.Average(entry => entry.Loss), all.Average(entry => entry.IsRight ? 1.0 : 0));
    }

    public static bool IsFinite(TransferModel model)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return model.Module.State().All(entry => entry.Value.isfinite().all().item<bool>());
    }
}
