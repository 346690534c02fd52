// Teaches a small BERT to tell what kind of answer a question wants, three times on the same budget: with fresh weights, with the pretrained
// network frozen, and with all of it fine-tuned.
//
//   dotnet run -c Release --project samples/TextClassification
//   dotnet run -c Release --project samples/TextClassification -- --train FILE --test FILE [--text text] [--label label] [--model FOLDER] [--epochs N]
//     [--take N] [--json FILE]
//
// Without arguments it uses 168 questions that come with it; the files may be CSV, TSV or JSON lines. --model is a Hugging Face folder.
using System.Diagnostics;
using System.Globalization;
using TransferLearning;
using TransferLearning.Samples;

Dictionary<string, string> arguments = [];
for (int i = 0; i + 1 < args.Length; i += 2)
{
    arguments[args[i].TrimStart('-')] = args[i + 1];
}

string Argument(string name, string otherwise) => arguments.GetValueOrDefault(name, otherwise);
int Number(string name, int otherwise) => int.Parse(Argument(name, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);

string folder = Argument("model", Path.Combine(AppContext.BaseDirectory, "bert-definitions"));
TextFileOptions columns = new() { Text = Argument("text", "text"), Label = Argument("label", "label") };
using Dataset all = TextFile.Open(Argument("train", Path.Combine(AppContext.BaseDirectory, "questions.tsv")), columns);
(Dataset train, Dataset test) = arguments.TryGetValue("test", out string? file)
    ? (all, TextFile.Open(file, columns with { ClassNames = all.ClassNames }))
    : all.Split(0.67, seed: 1);
using Dataset judged = test;
train = train.Shuffle(1).Take(Number("take", train.Count));

int epochs = Number("epochs", train.Count < 1000 ? 20 : 4);
FineTuneOptions options = new()
{
    Epochs = epochs,
    BatchSize = 16,
    Seed = 1,
    Schedule = new WarmupSchedule(new PolynomialSchedule(), length: epochs * train.Count / 16 / 10),
    Clipping = new ClipByNorm(1),
};
Console.WriteLine($"{train.Count} training and {test.Count} test texts of {all.ClassNames.Count} classes: {string.Join(", ", all.ClassNames)}");
Console.WriteLine($"Each row has the same budget: {epochs} epochs, batches of {options.BatchSize}.");
List<ResultRow> rows = [];

using (TextModel scratch = TextModel.Create(ModelConfig.FromFile(Path.Combine(folder, "config.json")), folder, labels: all.ClassNames.Count, seed: 1))
{
    Run("from scratch", scratch, new AdamW(5e-4));
}

using (TextModel probe = Pretrained.Bert(folder).ReplaceHead(labels: all.ClassNames.Count).FreezeBackbone())
{
    Run("probe (frozen backbone)", probe, new AdamW(5e-3));
}

using (TextModel tuned = Pretrained.Bert(folder).ReplaceHead(labels: all.ClassNames.Count))
{
    Run("fine-tune", tuned, new AdamW(5e-4));
    foreach (string question in new[] { "Who wrote Hamlet ?", "How many moons does Jupiter have ?", "Where is Timbuktu ?" })
    {
        Prediction answer = tuned.Predict(question);
        Console.WriteLine($"{question}  {answer}");
    }
}

ResultRow.Print(rows);
if (arguments.TryGetValue("json", out string? json))
{
    ResultRow.WriteJson(rows, json);
}

void Run(string name, TextModel model, Optimizer optimizer)
{
    Stopwatch clock = Stopwatch.StartNew();
    TrainingHistory history = model.FineTune(train, optimizer, options, progress: new ProgressLine(name));
    double seconds = clock.Elapsed.TotalSeconds;
    double accuracy = model.Evaluate(test).Accuracy!.Value;
    ProgressLine.End($"{name}: {accuracy:P1} after {seconds:F1} s");
    rows.Add(new ResultRow(name, accuracy, seconds, history.TrainedParameters));
}
