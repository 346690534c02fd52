// Trains a small CIFAR ResNet from scratch and writes its weights, a log and the accuracy.
//
//   dotnet run -c Release --project samples/Pretrain -- --data FOLDER_OR_ZIP --test FOLDER_OR_ZIP [--model resnet20] [--epochs 20]
//     [--rate 0.1] [--decay 1e-4] [--from FILE] [--threads N] [--out FOLDER]
//
// --data and --test are images in class folders, or --cifar names the folder of CIFAR-10's published binary form. --from begins with the
// weights of an earlier run and a cosine of its own (a warm restart).
using TransferLearning;
using TransferLearning.Samples;

CommandLine line = new(args, "data", "test", "cifar", "model", "epochs", "rate", "decay", "from", "threads", "out");
if (line["threads"] is not null)
{
    LibTorch.Configure(new RuntimeOptions { Threads = line.Whole("threads", 1) });
}

using Dataset train = line["cifar"] is { } cifar ? Cifar10.Open(cifar) : ImageFolder.Open(line.Text("data", "train.zip"));
using Dataset test = line["cifar"] is { } folder
    ? Cifar10.Open(folder, train: false)
    : ImageFolder.Open(line.Text("test", "test.zip"), null, train.ClassNames);
string architecture = line.Text("model", "resnet20");
using TransferModel model = line["from"] is { } earlier
    ? Pretrained.Load(architecture, earlier)
    : TransferModel.Create(architecture, train.ClassNames.Count, seed: 1);

string output = Directory.CreateDirectory(line.Text("out", ".")).FullName;
using LogFile log = new(Path.Combine(output, $"{architecture}-training.log"));

// He et al., section 4.2: SGD 0.1 with momentum 0.9 and weight decay 1e-4, batches of 128, shifted and mirrored images; one half
// cosine after an epoch of warmup instead of two steps, because the run is shorter.
Sgd sgd = new(line.Number("rate", 0.1), momentum: 0.9, weightDecay: line.Number("decay", 1e-4));
FineTuneOptions options = new()
{
    Epochs = line.Whole("epochs", 20),
    BatchSize = 128,
    Seed = line["from"] is null ? 1 : 2,
    Schedule = new WarmupSchedule(new CosineSchedule(), length: train.Count / 128),
    ChannelsLast = true,
    ReportEvery = int.MaxValue, // at the end of each epoch only
};
log.Write($"{architecture} from {line.Text("from", "scratch")}: {model.TrainableParameters:N0} parameters");
log.Write($"{train.Count} training and {test.Count} test images");
log.Write($"{options.Epochs} epochs, batches of {options.BatchSize}, {sgd}, half cosine after one epoch of warmup");
TrainingHistory history = model.FineTune(train, sgd, options, progress: new ProgressTo(now =>
    log.Write(
        $"epoch {now.Epoch,3}  loss {now.EpochResult!.Loss:F4}  accuracy {now.EpochResult.Accuracy:P2}  rate {now.LearningRate:F4}  "
        + $"{now.SamplesPerSecond:F0} images/s")));

EvaluationResult result = model.Evaluate(test);
log.Write($"test accuracy {result.Accuracy:P2} of {result.Count} images, loss {result.Loss:F4}; {history.Seconds:F0} s of training");
log.Write(result.ToString());

using StateDict weights = StateDict.FromTensors(model.Module.State());
weights.Save(Path.Combine(output, $"{architecture}-cifar10.safetensors"));
model.Save(Path.Combine(output, $"{architecture}-cifar10.tl"));
