// Writes on from a prompt with a GPT-2. Without one it first trains a tiny GPT-2 on the text beside this program, letter groups and all.
//
//   dotnet run -c Release --project samples/GenerateText -- [--model FOLDER] [--prompt TEXT] [--tokens 60] [--seed 1]
//
// FOLDER is a GPT-2 as Hugging Face's tools write it: config.json, model.safetensors, vocab.json and merges.txt.
using System.Globalization;
using TransferLearning;

Dictionary<string, string> arguments = args.Chunk(2).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0].TrimStart('-'), pair => pair[1]);
int Number(string name, int fallback) => arguments.TryGetValue(name, out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : fallback;

string work = Path.Combine(Path.GetTempPath(), $"generate-text-{Environment.ProcessId}");
using TextModel model = arguments.TryGetValue("model", out string? folder) ? Pretrained.Gpt2(folder) : TrainTiny(work);
string prompt = arguments.GetValueOrDefault("prompt", "Once upon a time ");

GenerationOptions greedy = new() { MaxNewTokens = Number("tokens", 60) };
Console.WriteLine($"the likeliest token each time:\n  {prompt}{model.Generate(prompt, greedy)}\n");
Console.WriteLine($"four beams, no three tokens twice:\n  {prompt}{model.Generate(prompt, greedy with { Beams = 4, NoRepeatNGram = 3 })}\n");
Console.Write($"drawn, as it comes:\n  {prompt}");
await foreach (string part in model.StreamAsync(prompt, greedy with { Sample = true, Temperature = 0.8, TopK = 40, Seed = Number("seed", 1) }))
{
    Console.Write(part);
}

Console.WriteLine();

static TextModel TrainTiny(string work)
{
    string[] texts = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "fables.txt")).Where(line => line.Length > 0).ToArray();
    Directory.CreateDirectory(work);
    WordPieceVocabulary vocabulary = WordPieceVocabulary.Train(texts, 700, lowerCase: false);
    vocabulary.Save(Path.Combine(work, "vocab.txt"));
    ModelConfig config = ModelConfig.FromPairs(
        new("model_type", "gpt2"), new("vocab_size", vocabulary.Tokens.Count), new("n_positions", 128), new("n_embd", 128), new("n_layer", 2), new("n_head", 4),
        new("eos_token_id", 3), new("bos_token_id", 2));
    TextModel model = TextModel.Create(config, work, TextTask.CausalLanguageModel, seed: 1);
    using TokenBlocks blocks = TokenBlocks.Of(texts, model.Tokenizer, length: 64, framed: false);
    TrainingHistory history = model.FineTune(
        blocks,
        new AdamW(learningRate: 0.003),
        new FineTuneOptions { Epochs = 40, BatchSize = 8, Seed = 1, Schedule = new WarmupSchedule(new CosineSchedule(), 20), Clipping = new ClipByNorm(1) });
    Console.WriteLine($"No --model: a GPT-2 of {model.TrainableParameters:N0} parameters, trained on {blocks.Count} blocks of 64 tokens in {history.Seconds:F0} s,");
    Console.WriteLine($"has a perplexity of {model.Evaluate(blocks).Perplexity:F1} on them. It has learned these texts by heart, and no English beyond them.\n");
    Directory.Delete(work, recursive: true);
    return model;
}
