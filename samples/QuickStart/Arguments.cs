using System.Globalization;
using System.IO.Compression;

namespace TransferLearning.Samples;

/// <summary>What the command line asked for.</summary>
internal sealed record Arguments(string? Model, string? WeightFile, string? Data, int Epochs, int BatchSize, double Rate, string? JsonFile)
{
    public static Arguments Parse(string[] args)
    {
        Dictionary<string, string> values = [];
        string[] known = ["model", "weights", "data", "epochs", "batch", "rate", "json"];
        for (int i = 0; i < args.Length; i += 2)
        {
            string name = args[i].TrimStart('-');
            if (!known.Contains(name) || i + 1 >= args.Length)
            {
                Console.Error.WriteLine($"'{args[i]}' is not understood. Options, each with a value: {string.Join(", ", known.Select(option => $"--{option}"))}");
                Environment.Exit(2);
            }

            values[name] = args[i + 1];
        }

        string? model = values.GetValueOrDefault("model");
        return new Arguments(
            model,
            values.GetValueOrDefault("weights"),
            values.GetValueOrDefault("data"),
            int.Parse(values.GetValueOrDefault("epochs", model is null ? "30" : "5"), CultureInfo.InvariantCulture),
            int.Parse(values.GetValueOrDefault("batch", "32"), CultureInfo.InvariantCulture),
            double.Parse(values.GetValueOrDefault("rate", model is null ? "0.05" : "0.005"), CultureInfo.InvariantCulture),
            values.GetValueOrDefault("json"));
    }

    /// <summary>The training and the test pictures: the emoji that come with the sample, or the caller's own.</summary>
    public (Dataset Train, Dataset Test) OpenData()
    {
        string path = Data ?? Path.Combine(AppContext.BaseDirectory, "emoji.zip");
        foreach (string test in new[] { "val", "test", "valid", "validation" })
        {
            if (Has(path, "train") && Has(path, test))
            {
                return (ImageFolder.Open(path, "train"), ImageFolder.Open(path, test));
            }
        }

        // One folder of classes: four fifths to train on, the rest to judge by.
        return ImageFolder.Open(path).Split(0.8, seed: 1);
    }

    public TransferModel Untrained(int classes) => TransferModel.Create(Model ?? "resnet20", classes, seed: 1);

    public TransferModel Pretrained() => TransferLearning.Pretrained.Load(
        Model ?? "resnet20", WeightFile ?? (Model is null ? Path.Combine(AppContext.BaseDirectory, "resnet20-cifar10.safetensors") : null));

    private static bool Has(string path, string folder)
    {
        if (!File.Exists(path))
        {
            return Directory.Exists(Path.Combine(path, folder));
        }

        using ZipArchive zip = ZipFile.OpenRead(path);
        return zip.Entries.Any(entry => entry.FullName.StartsWith($"{folder}/", StringComparison.Ordinal));
    }
}
