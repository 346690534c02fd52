// Trains a small translator from nothing on two text files whose lines belong together, and says how good it is.
//
//   dotnet run -c Release --project samples/Translate -- --data FOLDER [--from de] [--to en] [--epochs 12] [--width 256] [--out translator]
//
// FOLDER holds multi30k_train.de.gz, multi30k_val.de.gz, multi30k_test2016.de.gz and the same of the other language (plain or gzip).
// Stopped and started again, it goes on where it was.
using System.Globalization;
using TransferLearning;
using TransferLearning.Samples;

Dictionary<string, string> arguments = args.Chunk(2).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0].TrimStart('-'), pair => pair[1]);
string Argument(string name, string fallback) => arguments.GetValueOrDefault(name, fallback);
int Number(string name, int fallback) => arguments.TryGetValue(name, out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : fallback;
if (!ParallelFiles.Exist(Argument("data", ""), Argument("from", "de"), Argument("to", "en")))
{
    Console.WriteLine("Give the folder of Multi30k (https://github.com/multi30k/dataset) with --data; its files are described at the top of Program.cs.");
    return;
}

using Dataset training = ParallelFiles.Open(arguments["data"], "train", Argument("from", "de"), Argument("to", "en"));
using Dataset validation = ParallelFiles.Open(arguments["data"], "val", Argument("from", "de"), Argument("to", "en"));
using Dataset test = ParallelFiles.Open(arguments["data"], "test2016", Argument("from", "de"), Argument("to", "en"));

// One vocabulary for both languages, with capitals.
string folder = Argument("out", "translator");
Directory.CreateDirectory(folder);
WordPieceVocabulary vocabulary = WordPieceVocabulary.Train(
    ParallelFiles.Pairs(training).SelectMany(pair => new[] { pair.Source, pair.Target }), Number("vocabulary", 8000), lowerCase: false);
vocabulary.Save(Path.Combine(folder, "vocab.txt"));

int width = Number("width", 256), layers = Number("layers", 3);
ModelConfig config = ModelConfig.FromPairs(
    new("model_type", "marian"), new("vocab_size", vocabulary.Tokens.Count), new("d_model", width), new("scale_embedding", true),
    new("encoder_layers", layers), new("encoder_ffn_dim", 2 * width), new("encoder_attention_heads", 4),
    new("decoder_layers", layers), new("decoder_ffn_dim", 2 * width), new("decoder_attention_heads", 4),
    new("activation_function", "relu"), new("max_position_embeddings", 128), new("dropout", 0.1), new("init_std", 1 / Math.Sqrt(width)),
    new("pad_token_id", 0), new("decoder_start_token_id", 0), new("forced_bos_token_id", 2), new("eos_token_id", 3), new("forced_eos_token_id", 3));
using TextModel model = TextModel.Create(config, folder, TextTask.SequenceToSequence, seed: 1);
Console.WriteLine($"{training.Count} pairs of lines, {vocabulary.Tokens.Count} tokens, {model.TrainableParameters:N0} parameters");

TrainingHistory history = model.FineTune(
    training,
    new AdamW(learningRate: double.Parse(Argument("rate", "0.001"), CultureInfo.InvariantCulture)),
    new FineTuneOptions
    {
        Epochs = Number("epochs", 12),
        BatchSize = 64,
        Seed = 1,
        Validation = validation,
        Schedule = new WarmupSchedule(new PolynomialSchedule(), 400),
        Loss = new CrossEntropyLoss(labelSmoothing: 0.1),
        Clipping = new ClipByNorm(1),
    },
    resume: Path.Combine(folder, "run"),
    progress: new EpochLine(model, validation));
Console.WriteLine(history);
model.Save(folder);

BleuScore bleu = ParallelFiles.Judge(model, test, out IReadOnlyList<(TextPair Pair, string Translation)> lines);
foreach ((TextPair pair, string translation) in lines.Take(5))
{
    Console.WriteLine($"{pair.Source}\n  translated: {translation}\n  reference:  {pair.Target}");
}

Console.WriteLine($"BLEU on {test.Count} test lines: {bleu.Score:F2}");
