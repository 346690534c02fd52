// mlnet IMAGES: ML.NET's image featurizer and L-BFGS maximum entropy on a folder with train/CLASS and val/CLASS. Prints a line of JSON.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using TransferLearning.Benchmarks.MlNet;

string images = args[0];
MLContext context = new(seed: 1);
Stopwatch clock = Stopwatch.StartNew();
Photo[] training = Photos("train"), validation = Photos("val");
IDataView rows = context.Data.LoadFromEnumerable(training);
EstimatorChain<KeyToValueMappingTransformer> pipeline = context.Transforms.Conversion.MapValueToKey("Key", nameof(Photo.Label))
    .Append(context.Transforms.LoadImages("Image", null, nameof(Photo.Path)))
    .Append(context.Transforms.ResizeImages("Resized", 224, 224, "Image"))
    .Append(context.Transforms.ExtractPixels("Pixels", "Resized"))
    .Append(context.Transforms.DnnFeaturizeImage(
        "Features", model => model.ModelSelector.ResNet18(context, model.OutputColumn, model.InputColumn), "Pixels"))
    .AppendCacheCheckpoint(context)
    .Append(context.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Key", "Features"))
    .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
TransformerChain<KeyToValueMappingTransformer> model = pipeline.Fit(rows);
double fitSeconds = clock.Elapsed.TotalSeconds;
clock.Restart();
MulticlassClassificationMetrics metrics = context.MulticlassClassification.Evaluate(
    model.Transform(context.Data.LoadFromEnumerable(validation)), labelColumnName: "Key");
double evaluateSeconds = clock.Elapsed.TotalSeconds;

using PredictionEngine<Photo, Answer> engine = context.Model.CreatePredictionEngine<Photo, Answer>(model);
engine.Predict(validation[0]);
clock.Restart();
int right = validation.Count(photo => engine.Predict(photo).PredictedLabel == photo.Label);
double predictionsPerSecond = validation.Length / clock.Elapsed.TotalSeconds;
long peakBytes = File.ReadLines("/proc/self/status")
    .Where(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
    .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024)
    .First();
Console.WriteLine(JsonSerializer.Serialize(new
{
    fitSeconds,
    evaluateSeconds,
    accuracy = metrics.MicroAccuracy,
    accuracyOneByOne = (double)right / validation.Length,
    predictionsPerSecond,
    peakBytes,
    images = training.Length,
}));

Photo[] Photos(string part) =>
[
    .. Directory.GetFiles(Path.Combine(images, part), "*.jpg", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal)
        .Select(file => new Photo { Path = Path.GetFullPath(file), Label = Path.GetFileName(Path.GetDirectoryName(file)!) }),
];

namespace TransferLearning.Benchmarks.MlNet
{
    internal sealed class Photo
    {
        public string Path { get; set; } = "";

        public string Label { get; set; } = "";
    }

    internal sealed class Answer
    {
        public string PredictedLabel { get; set; } = "";
    }
}
