// Pretrains a small wav2vec 2.0 from scratch: it learns to write what espeak-ng says in many voices (CTC), and becomes a Hugging Face
// folder in half precision, and a log.
//
//   dotnet run -c Release --project samples/PretrainSpeech -- --out FOLDER [--corpus FOLDER] [--count 24000] [--epochs 2] [--batch 24]
//     [--rate 1e-3] [--from FOLDER] [--seed 1] [--threads N]
//
// Debian has the speaker in the package espeak-ng. The ten digits are not among the words, so that recognising them is a new task.
using TransferLearning;
using TransferLearning.Samples;

CommandLine line = new(args, "out", "corpus", "count", "epochs", "batch", "rate", "from", "seed", "threads");
if (line["threads"] is not null)
{
    LibTorch.Configure(new RuntimeOptions { Threads = line.Whole("threads", 1) });
}

string output = Directory.CreateDirectory(line.Text("out", "speech-small")).FullName;
string beside = AppContext.BaseDirectory;
string[] words = File.ReadAllLines(Path.Combine(beside, "words.txt"));
int seed = line.Whole("seed", 1);
string corpus = line.Text("corpus", Path.Combine(output, "corpus"));
string listing = SyntheticSpeech.Write(corpus, words, line.Whole("count", 24_000), 1);
using Dataset all = AudioList.Open(listing, new AudioListOptions { Path = "path", Text = "sentence" });
(Dataset train, Dataset test) = all.Split(0.98, seed: 1);

CtcVocabulary letters = new(["<pad>", "|", .. Enumerable.Range('a', 26).Select(letter => $"{(char)letter}")], unknown: null);
CtcRecognition task = new(letters);
using SpeechModel model = line["from"] is { } earlier
    ? Pretrained.Wav2Vec2(earlier)
    : SpeechModel.Create(ModelConfig.FromFile(Path.Combine(beside, "config.json")), task, seed: 1);
using LogFile log = new(Path.Combine(output, "training.log"));
FineTuneOptions options = new()
{
    Epochs = line.Whole("epochs", 2),
    BatchSize = line.Whole("batch", 24),
    Seed = seed,
    Schedule = new WarmupSchedule(new PolynomialSchedule(), length: 500),
    Clipping = new ClipByNorm(1),
    ReportEvery = 50,
};
log.Write($"{train.Count:N0} sounds to train on, {test.Count:N0} to evaluate on; {model.TrainableParameters:N0} parameters");
AdamW adam = new(line.Number("rate", 1e-3), beta2: 0.98, weightDecay: 0.01);
TrainingHistory history = model.FineTune(train, adam, options, progress: new ProgressTo(now => log.Write(
    $"epoch {now.Epoch} batch {now.Batch,6} of {now.Batches}  loss {now.Loss:F4}  rate {now.LearningRate:E2}  "
    + $"{now.SamplesPerSecond:F1} sounds/s  {now.Elapsed:hh\\:mm\\:ss}")));
EvaluationResult result = model.Evaluate(test);
log.Write($"{history.StopReason} after {history.Seconds:F0} s");
log.Write($"{result.Count} held-out sounds: loss {result.Loss:F4}, {result.Of<RecognitionReport>()}");
model.SavePretrained(Path.Combine(output, "model"), halfPrecision: true);
