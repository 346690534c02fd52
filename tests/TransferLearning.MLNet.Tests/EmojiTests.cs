using System.IO.Compression;
using Microsoft.ML;

namespace TransferLearning.MLNet.Tests;

/// <summary>The emoji of the samples as rows, and a trainer for them.</summary>
public abstract class EmojiTests : IDisposable
{
    protected MLContext Context { get; } = new(seed: 1);

    private protected TemporaryFolder Folder { get; } = new();

    public void Dispose() => Folder.Dispose();

    protected static TransferModel Backbone()
        => Pretrained.Load("resnet20", Path.Combine(AppContext.BaseDirectory, "resnet20-cifar10.safetensors"));

    protected TransferLearningEstimator Trainer(string column = "Features")
        => Context.MulticlassClassification.Trainers.TransferLearning(Backbone, featureColumnName: column);

    protected IDataView Keyed(IDataView data) => Context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);

    protected IDataView Images(string part)
    {
        string folder = Folder.File("emoji");
        if (!Directory.Exists(folder))
        {
            ZipFile.ExtractToDirectory(Path.Combine(AppContext.BaseDirectory, "emoji.zip"), folder);
        }

        return Context.Data.LoadFromEnumerable(
        [
            .. Directory.EnumerateFiles(folder, "*.*", SearchOption.AllDirectories)
                .Where(file => file.Contains($"{Path.DirectorySeparatorChar}{part}{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(file => new ImageRow { Features = file, Label = Path.GetFileName(Path.GetDirectoryName(file)!) })
        ]);
    }

    protected sealed class ImageRow
    {
        public string Features { get; set; } = "";

        public string Label { get; set; } = "";
    }

    protected sealed class Answer
    {
        public uint PredictedLabel { get; set; }

        public float[] Score { get; set; } = [];
    }
}
