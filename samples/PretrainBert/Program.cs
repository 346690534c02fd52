// Pretrains a small BERT from scratch with masked language modelling on the definitions of two English dictionaries, and writes a
// Hugging Face folder in half precision, and a log.
//
//   dotnet run -c Release --project samples/PretrainBert -- --wordnet /usr/share/wordnet --gcide /usr/share/dictd/gcide.dict.dz
//     --out FOLDER [--epochs 3] [--blocks N] [--batch 32] [--rate 1e-3] [--precision bfloat16] [--from FOLDER] [--seed 1] [--threads N]
//
// Debian has them in the packages wordnet-base and dict-gcide. Any other list of texts does as well: see Definitions.
using TransferLearning;
using TransferLearning.Samples;

CommandLine line = new(args, "wordnet", "gcide", "out", "epochs", "blocks", "batch", "rate", "precision", "from", "seed", "threads");
if (line["threads"] is not null)
{
    LibTorch.Configure(new RuntimeOptions { Threads = line.Whole("threads", 1) });
}

string output = Directory.CreateDirectory(line.Text("out", "bert-definitions")).FullName;
using LogFile log = new(Path.Combine(output, "training.log"));
string[] texts =
[
    .. Definitions.OfWordNet(line.Text("wordnet", "/usr/share/wordnet")),
    .. Definitions.OfGcide(line.Text("gcide", "/usr/share/dictd/gcide.dict.dz")),
];

string tokenizer = Directory.CreateDirectory(Path.Combine(output, "tokenizer")).FullName;
WordPieceVocabulary.Train(texts, size: 8192).Save(Path.Combine(tokenizer, "vocab.txt"));
File.WriteAllText(
    Path.Combine(tokenizer, "tokenizer_config.json"),
    """{"tokenizer_class": "BertTokenizer", "do_lower_case": true, "model_max_length": 128}""");

// --from begins with the folder that an earlier run wrote, and a rise and fall of the rate of its own (a warm restart).
ModelConfig config = ModelConfig.FromFile(Path.Combine(AppContext.BaseDirectory, "config.json"));
using TextModel model = line["from"] is { } earlier
    ? Pretrained.Bert(earlier).For(new MaskedLanguageModeling())
    : TextModel.Create(config, tokenizer, new MaskedLanguageModeling(), seed: 1);
using TokenBlocks blocks = TokenBlocks.Of(texts, model.Tokenizer, length: 64, name: "definitions");
(Dataset train, Dataset test) = blocks.Take(line.Whole("blocks", blocks.Count)).Split(0.99, seed: 1);

FineTuneOptions options = new()
{
    Epochs = line.Whole("epochs", 3),
    BatchSize = line.Whole("batch", 32),
    Seed = line.Whole("seed", 1),
    Schedule = new WarmupSchedule(new PolynomialSchedule(), length: 500),
    Clipping = new ClipByNorm(1),
    Precision = line["precision"] == "bfloat16" ? Precision.BFloat16 : Precision.Float32,
    ReportEvery = 200,
};
log.Write($"{texts.Length:N0} definitions, {blocks.Count:N0} blocks of 64 tokens; {train.Count:N0} trained on");
log.Write($"{model.TrainableParameters:N0} parameters; {options.Epochs} epochs");
AdamW adam = new(line.Number("rate", 1e-3), beta2: 0.98, weightDecay: 0.01);
TrainingHistory history = model.FineTune(train, adam, options, progress: new ProgressTo(now => log.Write(
    $"epoch {now.Epoch} batch {now.Batch,6} of {now.Batches}  loss {now.Loss:F4}  rate {now.LearningRate:E2}  "
    + $"{now.SamplesPerSecond * 64:F0} tokens/s  {now.Elapsed:hh\\:mm\\:ss}")));
EvaluationResult result = model.Evaluate(test);
log.Write($"{history.StopReason} after {history.Seconds:F0} s");
log.Write($"{result.Count} held-out blocks: loss {result.Loss:F4}, perplexity {result.Of<LanguageReport>().Perplexity:F2}");
model.SavePretrained(Path.Combine(output, "model"), halfPrecision: true);
