// Continues a prompt with a GPT-2. Without one it first trains a tiny GPT-2, and its vocabulary, on the text beside this program.
//
//   dotnet run -c Release --project samples/GenerateText -- [--model FOLDER] [--prompt TEXT] [--tokens 60] [--seed 1]
//
// FOLDER is a GPT-2 as Hugging Face's tools write it: config.json, model.safetensors, vocab.json and merges.txt.
using TransferLearning;
using TransferLearning.Samples;

CommandLine line = new(args, "model", "prompt", "tokens", "seed");
using TextModel model = line["model"] is { } folder ? Pretrained.Gpt2(folder) : Tiny();
string prompt = line.Text("prompt", "Once upon a time ");

GenerationOptions greedy = new() { MaxNewTokens = line.Whole("tokens", 60) };
Console.WriteLine($"the likeliest token each time:\n  {prompt}{model.Generate(prompt, greedy)}\n");
GenerationOptions beams = greedy with { Beams = 4, NoRepeatNGram = 3 };
Console.WriteLine($"four beams, no three tokens twice:\n  {prompt}{model.Generate(prompt, beams)}\n");
Console.Write($"sampled, as it comes:\n  {prompt}");
GenerationOptions sampled = greedy with { Sample = true, Temperature = 0.8, TopK = 40, Seed = line.Whole("seed", 1) };
await foreach (string part in model.StreamAsync(prompt, sampled))
{
    Console.Write(part);
}

Console.WriteLine();

static TextModel Tiny()
{
    string[] texts = [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "fables.txt")).Where(text => text.Length > 0)];
    string folder = Directory.CreateTempSubdirectory("generate-text-").FullName;
    WordPieceVocabulary vocabulary = WordPieceVocabulary.Train(texts, 700, lowerCase: false);
    vocabulary.Save(Path.Combine(folder, "vocab.txt"));
    ModelConfig config = ModelConfig.FromPairs(
        new("model_type", "gpt2"), new("vocab_size", vocabulary.Tokens.Count), new("n_positions", 128), new("n_embd", 128),
        new("n_layer", 2), new("n_head", 4), new("eos_token_id", 3), new("bos_token_id", 2));
    TextModel model = TextModel.Create(config, folder, new CausalLanguageModeling(), seed: 1);
    Directory.Delete(folder, recursive: true);

    using TokenBlocks blocks = TokenBlocks.Of(texts, model.Tokenizer, length: 64, framed: false);
    FineTuneOptions options = new()
    {
        Epochs = 40,
        BatchSize = 8,
        Seed = 1,
        Schedule = new WarmupSchedule(new CosineSchedule(), 20),
        Clipping = new ClipByNorm(1),
    };
    TrainingHistory history = model.FineTune(blocks, new AdamW(learningRate: 0.003), options);
    double perplexity = model.Evaluate(blocks).Of<LanguageReport>().Perplexity;
    string size = $"{model.TrainableParameters:N0} parameters";
    Console.WriteLine($"No --model: a GPT-2 of {size}, trained on {blocks.Count} blocks of 64 tokens in {history.Seconds:F0} s,");
    Console.WriteLine($"has a perplexity of {perplexity:F1} on them. It has learned these texts by heart, and no English beyond them.\n");
    return model;
}
