// Trains on a small picture set three times on the same budget: from scratch, a probe, and a full fine-tune of a pretrained network.
//
//   dotnet run -c Release --project samples/QuickStart
//   dotnet run -c Release --project samples/QuickStart -- --model mobilenet_v2 --weights FILE --data FOLDER_OR_ZIP [--epochs N] [--json FILE]
using System.Diagnostics;
using TransferLearning;
using TransferLearning.Samples;

Arguments arguments = Arguments.Parse(args);
(Dataset train, Dataset test) = arguments.OpenData();
using (train)
using (test)
{
    int classes = train.ClassNames.Count;
    Console.WriteLine($"{train.Count} training and {test.Count} test pictures of {classes} classes: {string.Join(", ", train.ClassNames)}");
    Console.WriteLine($"Each row has the same budget: {arguments.Epochs} epochs, batches of {arguments.BatchSize}.");

    FineTuneOptions options = new() { Epochs = arguments.Epochs, BatchSize = arguments.BatchSize, Seed = 1, Schedule = new OneCycleSchedule(arguments.Rate) };
    List<ResultRow> rows = [];

    using (TransferModel scratch = arguments.Untrained(classes))
    {
        rows.Add(Run("from scratch", scratch, () => scratch.FineTune(train, new Sgd(arguments.Rate, momentum: 0.9, weightDecay: 5e-4), options, progress: new ProgressLine("from scratch"))));
    }

    using (TransferModel probe = arguments.Pretrained())
    {
        probe.ReplaceHead(classes);
        rows.Add(Run("probe (frozen backbone)", probe, () => probe.Probe(train, new Adam(0.01), options with { Schedule = new CosineSchedule() }, progress: new ProgressLine("probe"))));
    }

    using (TransferModel tuned = arguments.Pretrained())
    {
        tuned.ReplaceHead(classes);
        rows.Add(Run("fine-tune", tuned, () => tuned.FineTune(train, new Sgd(arguments.Rate, momentum: 0.9, weightDecay: 5e-4), options, progress: new ProgressLine("fine-tune"))));
        Console.WriteLine();
        Console.WriteLine("The fine-tuned network, class by class:");
        Console.WriteLine(tuned.Evaluate(test));
    }

    ResultRow.Print(rows);
    if (arguments.JsonFile is { } file)
    {
        ResultRow.WriteJson(rows, file);
    }

    ResultRow Run(string name, TransferModel model, Func<TrainingHistory> training)
    {
        Stopwatch clock = Stopwatch.StartNew();
        TrainingHistory history = training();
        double seconds = clock.Elapsed.TotalSeconds;
        double accuracy = model.Evaluate(test).Accuracy;
        ProgressLine.End($"{name}: {accuracy:P1} after {seconds:F1} s");
        return new ResultRow(name, accuracy, seconds, history.TrainedParameters);
    }
}
