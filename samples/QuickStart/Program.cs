// Trains on a small set of images three times on the same budget: from scratch, a probe, and a full fine-tune of a pretrained network.
//
//   dotnet run -c Release --project samples/QuickStart
//   dotnet run -c Release --project samples/QuickStart -- --model mobilenet_v2 --weights FILE --data FOLDER_OR_ZIP
//     [--train train --test val] [--epochs N] [--batch N] [--rate X] [--json FILE] [--report FILE.html]
//
// Without arguments it uses the emoji and the ResNet-20 that lie beside it. --train and --test name the parts of a folder that is divided
// already.
using TransferLearning;
using TransferLearning.Reports;
using TransferLearning.Samples;

CommandLine line = new(args, "model", "weights", "data", "train", "test", "epochs", "batch", "rate", "json", "report");
string architecture = line.Text("model", "resnet20");
string beside = AppContext.BaseDirectory;
string? weights = line["weights"] ?? (line["model"] is null ? Path.Combine(beside, "resnet20-cifar10.safetensors") : null);
string data = line.Text("data", Path.Combine(beside, "emoji.zip"));

// Two parts that were divided already, or one folder of which a fifth is kept to evaluate on.
bool isDivided = line["data"] is null || line["test"] is not null;
using Dataset all = ImageFolder.Open(data, isDivided ? line.Text("train", "train") : line["train"]);
using Dataset train = isDivided ? all : all.Split(0.8, seed: 1).First;
using Dataset test = isDivided ? ImageFolder.Open(data, line.Text("test", "val"), all.ClassNames) : all.Split(0.8, seed: 1).Second;
int classes = train.ClassNames.Count;

double rate = line.Number("rate", line["model"] is null ? 0.05 : 0.005);
FineTuneOptions options = new()
{
    Epochs = line.Whole("epochs", line["model"] is null ? 30 : 5),
    BatchSize = line.Whole("batch", 32),
    Seed = 1,
    Schedule = new OneCycleSchedule(rate),
};
Sgd sgd = new(rate, momentum: 0.9, weightDecay: 5e-4);
Console.WriteLine($"{train.Count} training and {test.Count} test images of {classes} classes: {string.Join(", ", train.ClassNames)}");
Console.WriteLine($"Each row has the same budget: {options.Epochs} epochs, batches of {options.BatchSize}.");

using TransferModel scratch = TransferModel.Create(architecture, classes, seed: 1);
ResultRow fromScratch = ResultRow.Of("from scratch", scratch, test, progress => scratch.FineTune(train, sgd, options, progress: progress));

using TransferModel probe = Pretrained.Load(architecture, weights).ReplaceHead(classes);
FineTuneOptions cosine = options with { Schedule = new CosineSchedule() };
ResultRow probed = ResultRow.Of(
    "probe (frozen backbone)", probe, test, progress => probe.Probe(train, new Adam(0.01), cosine, progress: progress));

using TransferModel tuned = Pretrained.Load(architecture, weights).ReplaceHead(classes);
TrainingHistory? history = null;
ResultRow fineTuned = ResultRow.Of(
    "fine-tune", tuned, test, progress => history = tuned.FineTune(train, sgd, options, progress: progress));

Console.WriteLine($"\nThe fine-tuned network, class by class:\n{tuned.Evaluate(test)}");
ResultRow.Print([fromScratch, probed, fineTuned], line["json"]);

if (line["report"] is { } report)
{
    // From the score to its reasons: mistakes and what they come from, wrong labels, curves, maps.
    ReportOptions parts = new() { History = history, Training = train, FineTuning = options, Optimizer = sgd };
    Console.WriteLine($"\n{report}:\n{string.Join('\n', tuned.WriteReport(report, test, parts).Summary)}");
}
