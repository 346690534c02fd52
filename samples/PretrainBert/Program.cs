// Pretrains a small BERT from scratch with masked language modelling on the definitions of two English dictionaries, and writes a Hugging Face
// folder in half precision, and a log.
//
//   dotnet run -c Release --project samples/PretrainBert -- --wordnet /usr/share/wordnet --gcide /usr/share/dictd/gcide.dict.dz --out FOLDER
//     [--epochs 3] [--blocks N] [--batch 32] [--rate 1e-3] [--precision bfloat16] [--from FOLDER] [--seed 1] [--threads N]
//
// Debian has them in the packages wordnet-base and dict-gcide. Any other list of texts does as well: see Definitions.
using System.Globalization;
using TransferLearning;
using TransferLearning.Samples;

Dictionary<string, string> arguments = [];
for (int i = 0; i + 1 < args.Length; i += 2)
{
    arguments[args[i].TrimStart('-')] = args[i + 1];
}

string Argument(string name, string otherwise) => arguments.GetValueOrDefault(name, otherwise);
double Number(string name, double otherwise) => double.Parse(Argument(name, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);

string output = Directory.CreateDirectory(Argument("out", "bert-definitions")).FullName;
using StreamWriter log = new(Path.Combine(output, "training.log")) { AutoFlush = true };
if (arguments.ContainsKey("threads"))
{
    LibTorch.Configure(new RuntimeOptions { Threads = (int)Number("threads", 1) });
}

string[] texts = [.. Definitions.OfWordNet(Argument("wordnet", "/usr/share/wordnet")), .. Definitions.OfGcide(Argument("gcide", "/usr/share/dictd/gcide.dict.dz"))];
string vocabulary = Path.Combine(Directory.CreateDirectory(Path.Combine(output, "tokenizer")).FullName, "vocab.txt");
WordPieceVocabulary.Train(texts, size: 8192).Save(vocabulary);
File.WriteAllText(Path.Combine(output, "tokenizer", "tokenizer_config.json"), """{"tokenizer_class": "BertTokenizer", "do_lower_case": true, "model_max_length": 128}""");
ModelConfig config = ModelConfig.FromJson(
    """
    {
      "model_type": "bert", "architectures": ["BertForMaskedLM"], "vocab_size": 8192, "hidden_size": 256, "num_hidden_layers": 3,
      "num_attention_heads": 4, "intermediate_size": 1024, "max_position_embeddings": 128, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
      "hidden_act": "gelu", "initializer_range": 0.02, "pad_token_id": 0, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0
    }
    """);

// --from goes on from the folder that an earlier run wrote, with a rise and fall of the rate of its own (a warm restart).
using TextModel model = arguments.TryGetValue("from", out string? earlier)
    ? Pretrained.Bert(earlier).ForMaskedLanguageModel()
    : TextModel.Create(config, Path.GetDirectoryName(vocabulary)!, TextTask.MaskedLanguageModel, seed: 1);
using TokenBlocks blocks = TokenBlocks.Of(texts, model.Tokenizer, length: 64, name: "definitions");
(Dataset train, Dataset test) = blocks.Take((int)Number("blocks", blocks.Count)).Split(0.99, seed: 1);
int epochs = (int)Number("epochs", 3);
int batch = (int)Number("batch", 32);
Write($"{texts.Length:N0} definitions, {blocks.Count:N0} blocks of 64 tokens; {train.Count:N0} trained on; {model.TrainableParameters:N0} parameters; {epochs} epochs");

TrainingHistory history = model.FineTune(
    train,
    new AdamW(Number("rate", 1e-3), beta2: 0.98, weightDecay: 0.01),
    new FineTuneOptions
    {
        Epochs = epochs,
        BatchSize = batch,
        Seed = (long)Number("seed", 1),
        Schedule = new WarmupSchedule(new PolynomialSchedule(), length: 500),
        Clipping = new ClipByNorm(1),
        Precision = Argument("precision", "float32") == "bfloat16" ? Precision.BFloat16 : Precision.Float32,
        ReportEvery = 200,
    },
    progress: new Printer(progress =>
    {
        Write($"epoch {progress.Epoch} batch {progress.Batch,6} of {progress.Batches}  loss {progress.Loss:F4}  rate {progress.LearningRate:E2}  "
            + $"{progress.SamplesPerSecond * 64:F0} tokens/s  {progress.Elapsed:hh\\:mm\\:ss}");
        if (progress.Batch % 1000 == 0)
        {
            model.SavePretrained(Path.Combine(output, "model"), halfPrecision: true);
        }
    }));
Write($"{history.StopReason} after {history.Seconds:F0} s; held-out blocks: {model.Evaluate(test)}");
model.SavePretrained(Path.Combine(output, "model"), halfPrecision: true);

void Write(string line)
{
    Console.WriteLine(line);
    log.WriteLine(line);
}

internal sealed class Printer(Action<TrainingProgress> write) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => write(value);
}
