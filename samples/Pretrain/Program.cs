// Trains a small CIFAR ResNet from scratch and writes its weights, a log and the accuracy.
//
//   dotnet run -c Release --project samples/Pretrain -- --data FOLDER_OR_ZIP --test FOLDER_OR_ZIP [--model resnet20] [--epochs 20] [--rate 0.1] [--decay 1e-4]
//     [--from FILE] [--threads N] [--out FOLDER]
//
// --data and --test are pictures in class folders, or --cifar names the folder of CIFAR-10's published binary form. --from goes on from the
// weights of an earlier run with a cosine of its own (a warm restart).
using System.Globalization;
using TransferLearning;

Dictionary<string, string> arguments = [];
for (int i = 0; i + 1 < args.Length; i += 2)
{
    arguments[args[i].TrimStart('-')] = args[i + 1];
}

string Argument(string name, string otherwise) => arguments.GetValueOrDefault(name, otherwise);
int Number(string name, int otherwise) => int.Parse(Argument(name, $"{otherwise}"), CultureInfo.InvariantCulture);

using Dataset train = arguments.TryGetValue("cifar", out string? folder) ? Cifar10.Open(folder) : ImageFolder.Open(Argument("data", "train.zip"));
using Dataset test = folder is not null ? Cifar10.Open(folder, train: false) : ImageFolder.Open(Argument("test", "test.zip"));
string model = Argument("model", "resnet20");
string output = Directory.CreateDirectory(Argument("out", ".")).FullName;
using StreamWriter log = new(Path.Combine(output, $"{model}-training.log"));

// He et al., section 4.2: SGD 0.1 with momentum 0.9 and weight decay 1e-4, batches of 128, shifted and mirrored pictures; one half
// cosine after an epoch of warm-up instead of two steps, because the run is shorter.
int epochs = Number("epochs", 20);
if (arguments.TryGetValue("threads", out string? threads))
{
    LibTorch.Configure(new RuntimeOptions { Threads = int.Parse(threads, CultureInfo.InvariantCulture) });
}

double rate = double.Parse(Argument("rate", "0.1"), CultureInfo.InvariantCulture);
double decay = double.Parse(Argument("decay", "1e-4"), CultureInfo.InvariantCulture);
using TransferModel network = arguments.TryGetValue("from", out string? earlier)
    ? Pretrained.Load(model, earlier)
    : TransferModel.Create(model, train.ClassNames.Count, seed: 1);
Write($"{model} from {(earlier is null ? "scratch" : "earlier weights")}: {network.TrainableParameters:N0} parameters, {train.Count} training and {test.Count} test pictures, "
    + $"{epochs} epochs, batches of 128, SGD {rate}/0.9/{decay}, half cosine after one epoch of warm-up");
TrainingHistory history = network.FineTune(
    train,
    new Sgd(rate, momentum: 0.9, weightDecay: decay),
    new FineTuneOptions
    {
        Epochs = epochs,
        BatchSize = 128,
        Seed = earlier is null ? 1 : 2,
        Schedule = new WarmupSchedule(new CosineSchedule(), length: train.Count / 128),
        ChannelsLast = true,
        ReportEvery = int.MaxValue,
    },
    progress: new Printer(progress => Write($"epoch {progress.Epoch,3}  loss {progress.EpochResult!.Loss:F4}  accuracy {progress.EpochResult.Accuracy:P2}  rate {progress.LearningRate:F4}  {progress.SamplesPerSecond:F0} pictures/s")));
EvaluationResult result = network.Evaluate(test);
Write($"test accuracy {result.Accuracy:P2} of {result.Count} pictures, loss {result.Loss:F4}; {history.Seconds:F0} s of training");
Write(result.ToString());

using StateDict weights = StateDict.FromTensors(network.Module.State());
weights.Save(Path.Combine(output, $"{model}-cifar10.safetensors"));
network.Save(Path.Combine(output, $"{model}-cifar10.tl"));

void Write(string line)
{
    Console.WriteLine(line);
    log.WriteLine(line);
    log.Flush();
}

internal sealed class Printer(Action<TrainingProgress> write) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        if (value.EpochResult is not null)
        {
            write(value);
        }
    }
}
