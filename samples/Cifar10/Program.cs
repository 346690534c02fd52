// The classic tutorial in C#: a pretrained ResNet-18, a new head for ten classes, cross entropy, SGD.
//
//   dotnet run -c Release --project samples/Cifar10 -- [--data cifar-10-batches-bin] [--weights resnet18-f37072fd.pth] [--epochs 10]
//     [--take N]
//
// --data takes CIFAR-10's published binary form (the folder or cifar-10-binary.tar.gz). What is not given is looked for where weights
// are kept, and downloaded and checked if it is not there.
using TransferLearning;
using TransferLearning.Samples;

CommandLine line = new(args, "data", "weights", "epochs", "take");

// The store finds, downloads and verifies any published file; this one holds images.
string data = line["data"] ?? new WeightStore().GetFile(new WeightEntry(
    "cifar10",
    "binary",
    new Uri("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"),
    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    Classes: 10,
    ImagePreprocess.ImageNet,
    "none stated"));
using Dataset training = Cifar10.Open(data);
using Dataset test = Cifar10.Open(data, train: false);

// The images as they are, 32 x 32, with ImageNet's mean and deviation.
ImagePreprocess asTheyAre = ImagePreprocess.ImageNet with { Resize = 0, Crop = 32 };
using TransferModel model = Pretrained.ResNet18(line["weights"], new PretrainedOptions { Preprocess = asTheyAre }).ReplaceHead(10);

model.FineTune(
    training.Shuffle(1).Take(line.Whole("take", training.Count)),
    new Sgd(learningRate: 0.001, momentum: 0.9),
    new FineTuneOptions { Epochs = line.Whole("epochs", 10), BatchSize = 100, Preprocessor = model.Preprocessor, ReportEvery = 100 },
    progress: new ProgressTo(now =>
        Console.WriteLine($"[{now.Epoch}, {now.Batch,5}] loss: {now.Loss:F3}   {now.SamplesPerSecond:F0} images/s")));
Console.WriteLine("Finished Training");

EvaluationResult result = model.Evaluate(test);
Console.WriteLine($"Accuracy of the network on the {result.Count} test images: {result.Accuracy:P1}");
Console.WriteLine(result);
