// The classic tutorial in C#: a pretrained ResNet-18, a new head for ten classes, cross-entropy, SGD.
//
//   dotnet run -c Release --project samples/Cifar10 -- [--data cifar-10-batches-bin] [--weights resnet18-f37072fd.pth] [--epochs 10]
//
// --data takes CIFAR-10's published binary form (the folder or cifar-10-binary.tar.gz). What is not given is looked for where weights
// are kept, and downloaded and checked if it is not there.
using System.Globalization;
using TransferLearning;

Dictionary<string, string> arguments = [];
for (int i = 0; i + 1 < args.Length; i += 2)
{
    arguments[args[i].TrimStart('-')] = args[i + 1];
}

string data = arguments.GetValueOrDefault("data") ?? new WeightStore().GetFile(PublishedCifar10.Archive);
string? weights = arguments.GetValueOrDefault("weights");
int epochs = int.Parse(arguments.GetValueOrDefault("epochs", "10"), CultureInfo.InvariantCulture);

// The pictures as they are, 32 x 32, with ImageNet's mean and deviation.
ImagePreprocess asTheyAre = ImagePreprocess.ImageNet with { Resize = 0, Crop = 32 };
using Dataset trainingSet = Cifar10.Open(data);
using Dataset testSet = Cifar10.Open(data, train: false);
using TransferModel model = Pretrained.ResNet18(weights, new PretrainedOptions { Preprocess = asTheyAre }).ReplaceHead(10);

model.FineTune(
    trainingSet,
    new Sgd(learningRate: 0.001, momentum: 0.9),
    new FineTuneOptions
    {
        Epochs = epochs,
        BatchSize = 100,
        Workers = 2,
        Transform = ImagePipeline.ForEvaluation(asTheyAre),
        ReportEvery = 100,
    },
    progress: new RunningLoss());
Console.WriteLine("Finished Training");

EvaluationResult result = model.Evaluate(testSet);
Console.WriteLine($"Accuracy of the network on the {result.Count} test images: {result.Accuracy:P1}");
Console.WriteLine(result);

internal static class PublishedCifar10
{
    // The store finds, downloads and verifies any published file; this one holds pictures.
    public static WeightEntry Archive { get; } = new(
        "cifar10",
        "binary",
        new Uri("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"),
        "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        Classes: 10,
        ImagePreprocess.ImageNet,
        "none stated");
}

internal sealed class RunningLoss : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => Console.WriteLine($"[{value.Epoch}, {value.Batch,5}] loss: {value.Loss:F3}   {value.SamplesPerSecond:F0} images/s");
}
