using System.IO.Compression;

namespace TransferLearning.Cli.Tests;

/// <summary>A folder with the emoji, one model that was trained on them, and how that went.</summary>
public sealed class TrainedModel : IDisposable
{
    public TrainedModel()
    {
        string samples = Path.Combine(ToolRun.Repository, "samples", "QuickStart");
        (Emoji, Weights) = (Path.Combine(samples, "emoji.zip"), Path.Combine(samples, "resnet20-cifar10.safetensors"));
        using (ZipArchive archive = ZipFile.OpenRead(Emoji))
        {
            archive.Entries.First(entry => entry.FullName.StartsWith("val/food/", StringComparison.Ordinal)).ExtractToFile(Image);
        }

        Training = ToolRun.In(
            Folder, "train", Emoji, "--model", "resnet20", "--weights", Weights, "--epochs", "2", "--seed", "1",
            "--out", "bees.tl", "--json");
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("tl-tests-").FullName;

    public string Emoji { get; }

    public string Weights { get; }

    public string Image => Path.Combine(Folder, "food.png");

    public ToolRun Training { get; }

    /// <summary>Runs the tool in the folder.</summary>
    public ToolRun Run(params string[] arguments) => ToolRun.In(Folder, arguments);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
