// Teaches a small speech encoder, which has only ever heard synthetic voices and none of the ten digits, to recognise digits that people
// speak: from scratch, as a probe, and fine-tuned, with few and with more recordings of each digit. Who speaks in the test does not speak
// in training.
//
//   dotnet run -c Release --project samples/SpokenDigits
//   dotnet run -c Release --project samples/SpokenDigits -- --data FOLDER_OR_ZIP [--model FOLDER] [--counts 5,20] [--epochs N]
//     [--json FILE]
//   dotnet run -c Release --project samples/SpokenDigits -- --transcribe FILE_OR_FOLDER [--model FOLDER]
//
// Without arguments it uses 300 recordings that come with it, by four speakers to train and two others to test; --data has parts train
// and test.
using TransferLearning;
using TransferLearning.Samples;

CommandLine line = new(args, "data", "model", "counts", "epochs", "json", "transcribe");
string folder = line.Text("model", Path.Combine(AppContext.BaseDirectory, "speech-small"));
if (line["transcribe"] is { } sounds)
{
    using SpeechModel writer = Pretrained.Wav2Vec2(folder);
    string[] files = Directory.Exists(sounds) ? [.. Directory.EnumerateFiles(sounds).Order()] : [sounds];
    foreach (string file in files)
    {
        Console.WriteLine($"{Path.GetFileName(file)}\t{writer.Transcribe(file).Text}");
    }

    return;
}

string data = line.Text("data", Path.Combine(AppContext.BaseDirectory, "spoken-digits.zip"));
using Dataset train = AudioFolder.Open(data, "train");
using Dataset test = AudioFolder.Open(data, "test", train.ClassNames);
ModelConfig config = ModelConfig.FromFile(Path.Combine(folder, "config.json"));
Console.WriteLine($"{train.Count} training and {test.Count} test recordings of {train.ClassNames.Count} digits");

Dataset mixed = train.Shuffle(1);
List<ResultRow> rows = [];
foreach (int count in line.Text("counts", "5,20").Split(',').Select(int.Parse))
{
    Dataset few = mixed.Subset(Enumerable.Range(0, mixed.Count).GroupBy(mixed.LabelOf).SelectMany(digit => digit.Take(count)));
    FineTuneOptions options = new()
    {
        Epochs = line.Whole("epochs", Math.Clamp(4000 / few.Count, 8, 40)),
        BatchSize = 16,
        Seed = 1,
        Schedule = new WarmupSchedule(new PolynomialSchedule(), length: 20),
        Clipping = new ClipByNorm(1),
    };
    AdamW adam = new(5e-4);
    using SpeechModel scratch = SpeechModel.Create(config, new Classification(train.ClassNames), seed: 1);
    rows.Add(ResultRow.Of($"{count} each, from scratch", scratch, test,
        progress => scratch.FineTune(few, adam, options, progress: progress)));

    using SpeechModel probe = Pretrained.Wav2Vec2(folder).ReplaceHead(train.ClassNames).FreezeBackbone();
    rows.Add(ResultRow.Of($"{count} each, probe", probe, test, progress => probe.Probe(few, new AdamW(5e-3), options, progress: progress)));

    using SpeechModel tuned = Pretrained.Wav2Vec2(folder).ReplaceHead(train.ClassNames).FreezeFeatureEncoder().WithLayerDecay(0.7);
    rows.Add(ResultRow.Of($"{count} each, fine-tune", tuned, test, progress => tuned.FineTune(few, adam, options, progress: progress)));
}

ResultRow.Print(rows, line["json"]);
