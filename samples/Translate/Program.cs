// Trains a small translator from scratch on two text files whose lines belong together, and measures how good it is.
//
//   dotnet run -c Release --project samples/Translate -- --data FOLDER [--from de] [--to en] [--epochs 12] [--width 256] [--layers 3]
//     [--vocabulary 8000] [--rate 0.001] [--out translator]
//
// FOLDER holds multi30k_train.de.gz, multi30k_val.de.gz, multi30k_test2016.de.gz and the same of the other language (plain or gzip), from
// https://github.com/multi30k/dataset. Stopped and started again, it resumes where it was.
using TransferLearning;
using TransferLearning.Samples;

CommandLine line = new(args, "data", "from", "to", "epochs", "width", "layers", "vocabulary", "rate", "out", "take");
ParallelFiles files = new(line.Text("data", "."), line.Text("from", "de"), line.Text("to", "en"));
using Dataset training = files.Open("train");
using Dataset validation = files.Open("val");
using Dataset test = files.Open("test2016");

// One vocabulary for both languages, with capitals.
string folder = Directory.CreateDirectory(line.Text("out", "translator")).FullName;
WordPieceVocabulary vocabulary = WordPieceVocabulary.Train(ParallelFiles.Texts(training), line.Whole("vocabulary", 8000), lowerCase: false);
vocabulary.Save(Path.Combine(folder, "vocab.txt"));

int width = line.Whole("width", 256), layers = line.Whole("layers", 3);
ModelConfig config = ModelConfig.FromPairs(
    new("model_type", "marian"), new("vocab_size", vocabulary.Tokens.Count), new("d_model", width), new("scale_embedding", true),
    new("encoder_layers", layers), new("encoder_ffn_dim", 2 * width), new("encoder_attention_heads", 4),
    new("decoder_layers", layers), new("decoder_ffn_dim", 2 * width), new("decoder_attention_heads", 4),
    new("activation_function", "relu"), new("max_position_embeddings", 128), new("dropout", 0.1), new("init_std", 1 / Math.Sqrt(width)),
    new("pad_token_id", 0), new("decoder_start_token_id", 0), new("forced_bos_token_id", 2), new("eos_token_id", 3),
    new("forced_eos_token_id", 3));
using TextModel model = TextModel.Create(config, folder, new SequenceToSequence(Start: 0, End: 3), seed: 1);
Console.WriteLine($"{training.Count} pairs of lines, {vocabulary.Tokens.Count} tokens, {model.TrainableParameters:N0} parameters");

FineTuneOptions options = new()
{
    Epochs = line.Whole("epochs", 12),
    BatchSize = 64,
    Seed = 1,
    Validation = validation,
    Schedule = new WarmupSchedule(new PolynomialSchedule(), 400),
    Loss = new CrossEntropyLoss(labelSmoothing: 0.1),
    Clipping = new ClipByNorm(1),
};
Dataset some = training.Take(line.Whole("take", training.Count));
AdamW adam = new(line.Number("rate", 0.001));
Console.WriteLine(model.FineTune(some, adam, options, resume: Path.Combine(folder, "run"), new EpochLine(model, validation)));
model.Save(folder);

IReadOnlyList<TranslatedLine> lines = TranslatedLine.Of(model, test);
foreach (TranslatedLine first in lines.Take(5))
{
    Console.WriteLine($"{first.Source}\n  translated: {first.Translation}\n  reference:  {first.Reference}");
}

Console.WriteLine($"BLEU on {test.Count} test lines: {TranslatedLine.Bleu(lines):F2}");
