using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>A tiny BERT with a vocabulary of its own, and toy data that it can learn in seconds.</summary>
internal static class TinyText
{
    private static readonly string[] Words =
        [
            "good",
            "fine",
            "great",
            "bad",
            "poor",
            "awful",
            "film",
            "book",
            "meal",
            "very",
            "the",
            "was",
            "a",
            "in",
            "anna",
            "bob",
            "paris",
            "rome",
            "lives",
            "and",
            "where",
            "does",
            "live",
            "?",
            ".",
            "who",
        ];

    public static IReadOnlyList<string> Vocabulary { get; } = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Words, "##s", "##ly"];

    /// <summary>A BERT of two layers that reads the tiny models' words.</summary>
    /// <param name="folder">Where the tokenizer's files are written.</param>
    /// <param name="width">How many numbers a token has.</param>
    public static TextModel Wide(string folder, int width = 64)
    {
        WriteTokenizer(folder);
        ModelConfig config = ModelConfig.FromPairs(
            new("model_type", "bert"), new("vocab_size", Vocabulary.Count), new("hidden_size", width), new("num_hidden_layers", 2),
            new("num_attention_heads", 4), new("intermediate_size", 2 * width), new("max_position_embeddings", 40),
            new("pad_token_id", 0));
        return TextModel.Create(config, folder, seed: 3);
    }

    /// <summary>Writes the tokenizer's files of the tiny models.</summary>
    public static void WriteTokenizer(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), Vocabulary);
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"),
            """{"do_lower_case": true, "model_max_length": 32, "tokenizer_class": "BertTokenizer"}""");
    }

    public static ModelConfig Config(string type = "bert") => type switch
    {
        "distilbert" => ModelConfig.FromPairs(
            Pair("model_type", type), Pair("vocab_size", Vocabulary.Count), Pair("dim", 32), Pair("n_layers", 2), Pair("n_heads", 4),
            Pair("hidden_dim", 64), Pair("max_position_embeddings", 40)),
        "gpt2" => ModelConfig.FromPairs(
            Pair("model_type", type), Pair("vocab_size", Vocabulary.Count), Pair("n_embd", 32), Pair("n_layer", 2), Pair("n_head", 4),
            Pair("n_positions", 40), Pair("pad_token_id", 0)),
        _ => ModelConfig.FromPairs(
            Pair("model_type", type),
            Pair("vocab_size", Vocabulary.Count),
            Pair("hidden_size", 32),
            Pair("num_hidden_layers", 2),
            Pair("num_attention_heads", 4),
            Pair("intermediate_size", 64),
            Pair("max_position_embeddings", 40),
            Pair("type_vocab_size", 2),
            Pair("pad_token_id", 0)),
    };

    /// <summary>Texts that praise or blame, of different lengths.</summary>
    public static Dataset Opinions(int count = 64)
    {
        SeededRandom random = new(1);
        List<Sample> samples = [];
        for (int i = 0; i < count; i++)
        {
            int label = i % 2;
            string[] filler = ["the", "a", "film", "book", "meal", "was", "very", "in", "."];
            List<string> words = [.. Enumerable.Range(0, 2 + random.NextInt32(9)).Select(_ => filler[random.NextInt32(filler.Length)])];
            words.Insert(random.NextInt32(words.Count), Words[(label == 0 ? 3 : 0) + random.NextInt32(3)]);
            samples.Add(new Sample($"opinion {i}", label, new TextContent(string.Join(' ', words))));
        }

        return new InMemoryDataset(samples, ["bad", "good"]);
    }

    /// <summary>The same texts, which all are texts and are praise or blame besides.</summary>
    public static Dataset Labelled(int count = 64)
    {
        using Dataset opinions = Opinions(count);
        return new InMemoryDataset(
            [
                .. Enumerable
                    .Range(0, count)
                    .Select(opinions.Read)
                    .Select(sample => sample with { Target = new LabelsTarget([0, 1 + ((ClassTarget)sample.Target).Class]) })
            ],
            ["text", "bad", "good"]);
    }

    /// <summary>The same texts with a number each: -1 for blame, 1 for praise.</summary>
    public static Dataset Graded(int count = 64)
    {
        using Dataset opinions = Opinions(count);
        return new InMemoryDataset(
            [
                .. Enumerable
                    .Range(0, count)
                    .Select(opinions.Read)
                    .Select(sample => sample with { Target = new NumberTarget(((ClassTarget)sample.Target).Class == 0 ? -1 : 1) })
            ],
            ["text"]);
    }

    /// <summary>Sentences in which names of people and places are tagged.</summary>
    public static Dataset Names(int count = 48)
    {
        List<Sample> samples = [];
        for (int i = 0; i < count; i++)
        {
            (string person, string place) = (i % 2 == 0 ? "anna" : "bob", i % 3 == 0 ? "paris" : "rome");
            string[] words = i % 4 == 0 ? ["in", place, "lives", person] : [person, "lives", "in", place, "."];
            int[] tags = [.. words.Select(word => word == person ? 1 : word == place ? 2 : 0)];
            samples.Add(new Sample($"sentence {i}", new WordsContent(words), new TagsTarget(tags)));
        }

        return new InMemoryDataset(samples, ["O", "B-PER", "B-LOC"]);
    }

    /// <summary>Questions after the place in a sentence.</summary>
    public static Dataset Questions(int count = 48)
    {
        List<Sample> samples = [];
        for (int i = 0; i < count; i++)
        {
            (string person, string place) = (i % 2 == 0 ? "anna" : "bob", i % 3 == 0 ? "paris" : "rome");
            string context = i % 4 == 0 ? $"in {place} lives {person} ." : $"the very good {person} lives in {place} .";
            samples.Add(new Sample(
                $"question {i}",
                new QuestionContent($"where does {person} live ?", context),
                new AnswersTarget([new TextAnswer(place, context.IndexOf(place, StringComparison.Ordinal))])));
        }

        return new InMemoryDataset(samples, ["text"]);
    }

    /// <summary>A model of fresh weights, whose tokenizer lies in the folder.</summary>
    public static TextModel Model(string folder, LearningTask? task = null, string type = "bert")
    {
        WriteTokenizer(folder);
        return TextModel.Create(Config(type), folder, task, seed: 3);
    }

    public static float[] Numbers(Network network)
        => [.. network.State().SelectMany(entry => entry.Value.detach().cpu().contiguous().data<float>().ToArray())];

    private static KeyValuePair<string, object?> Pair(string key, object? value) => new(key, value);
}
