// Teaches a small BERT which kind of answer a question wants, three times on the same budget: with fresh weights, with the pretrained
// network frozen, and with all of it fine-tuned.
//
//   dotnet run -c Release --project samples/TextClassification
//   dotnet run -c Release --project samples/TextClassification -- --train FILE --test FILE [--text text] [--label label]
//     [--model FOLDER] [--epochs N] [--take N] [--json FILE]
//
// Without arguments it uses 168 questions that come with it; the files may be CSV, TSV or JSON lines. --model is a Hugging Face folder.
using TransferLearning;
using TransferLearning.Samples;

CommandLine line = new(args, "train", "test", "text", "label", "model", "epochs", "take", "json");
string folder = line.Text("model", Path.Combine(AppContext.BaseDirectory, "bert-definitions"));
string file = line.Text("train", Path.Combine(AppContext.BaseDirectory, "questions.tsv"));

// Two files, or one of which a third is kept to evaluate on.
TextFileOptions columns = new() { Text = line.Text("text", "text"), Label = line.Text("label", "label") };
using Dataset all = TextFile.Open(file, columns);
using Dataset test = line["test"] is { } testFile
    ? TextFile.Open(testFile, columns with { ClassNames = all.ClassNames })
    : all.Split(0.67, seed: 1).Second;
Dataset train = (line["test"] is null ? all.Split(0.67, seed: 1).First : all).Shuffle(1);
train = train.Take(line.Whole("take", train.Count));

int epochs = line.Whole("epochs", train.Count < 1000 ? 20 : 4);
FineTuneOptions options = new()
{
    Epochs = epochs,
    BatchSize = 16,
    Seed = 1,
    Schedule = new WarmupSchedule(new PolynomialSchedule(), length: epochs * train.Count / 16 / 10),
    Clipping = new ClipByNorm(1),
};
string names = string.Join(", ", all.ClassNames);
Console.WriteLine($"{train.Count} training and {test.Count} test texts of {all.ClassNames.Count} classes: {names}");
Console.WriteLine($"Each row has the same budget: {epochs} epochs, batches of {options.BatchSize}.");

ModelConfig config = ModelConfig.FromFile(Path.Combine(folder, "config.json"));
using TextModel scratch = TextModel.Create(config, folder, new Classification(all.ClassNames), seed: 1);
AdamW adam = new(5e-4);
ResultRow fromScratch = ResultRow.Of("from scratch", scratch, test, progress => scratch.FineTune(train, adam, options, progress: progress));

using TextModel probe = Pretrained.Bert(folder).ReplaceHead(all.ClassNames);
ResultRow probed = ResultRow.Of(
    "probe (frozen backbone)", probe, test, progress => probe.Probe(train, new AdamW(5e-3), options, progress: progress));

using TextModel tuned = Pretrained.Bert(folder).ReplaceHead(all.ClassNames);
ResultRow fineTuned = ResultRow.Of("fine-tune", tuned, test, progress => tuned.FineTune(train, adam, options, progress: progress));

foreach (Prediction answer in tuned.Predict(["Who wrote Hamlet ?", "How many moons does Jupiter have ?", "Where is Timbuktu ?"]))
{
    Console.WriteLine($"{answer.Item}  {answer}");
}

ResultRow.Print([fromScratch, probed, fineTuned], line["json"]);
