using System.Text.Json;
using TorchSharp;

namespace TransferLearning.Exchange.Tests;

/// <summary>Small models with byte-level tokenizers of their own, whose weights are large enough to matter.</summary>
internal static class TinyGguf
{
    private static readonly string[] Merges =
    [
        "t h", "th e", "\u0120 the", "i n", "e r", "a n", "\u0120 a", "\u0120 w", "o r", "\u0120w or", "\u0120wor l", "\u0120worl d",
        "in g",
    ];

    /// <summary>Writes the files of a byte-level tokenizer.</summary>
    /// <returns>How many tokens it has.</returns>
    public static int WriteTokenizer(string folder, bool isRoberta)
    {
        Directory.CreateDirectory(folder);
        List<string> tokens =
        [
            .. isRoberta ? ["<s>", "<pad>", "</s>", "<unk>"] : Array.Empty<string>(),
            .. Enumerable.Range(0, 256).Select(value => ByteLetters.LetterOf((byte)value).ToString()),
            .. Merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal)),
            isRoberta ? "<mask>" : "<|endoftext|>",
        ];
        File.WriteAllText(
            Path.Combine(folder, "vocab.json"), JsonSerializer.Serialize(tokens.Select((token, id) => (token, id)).ToDictionary()));
        File.WriteAllLines(Path.Combine(folder, "merges.txt"), ["#version: 0.2", .. Merges]);
        return tokens.Count;
    }

    /// <summary>A model with a tokenizer in the folder.</summary>
    public static TextModel Model(string folder, string type, LearningTask task, string activation = "gelu_new", bool isTied = true)
    {
        ModelConfig config;
        if (type is "gpt2" or "roberta")
        {
            int count = WriteTokenizer(folder, type == "roberta");
            config = type == "gpt2"
                ? TinyText.Config(type).With("activation_function", activation).With("initializer_range", 0.3)
                : TinyText.Config(type).With("pad_token_id", 1).With("type_vocab_size", 1).With("hidden_act", activation)
                    .With("layer_norm_eps", 1e-5);
            config = config.With("vocab_size", count + 2); // as padded tables have
        }
        else
        {
            TinyText.WriteTokenizer(folder);
            config = TinyText.Config(type).With(type == "distilbert" ? "activation" : "hidden_act", activation);
        }

        TextModel model = TextModel.Create(config.With("tie_word_embeddings", isTied), folder, task, seed: 3);
        Fill(model.Module);
        return model;
    }

    /// <summary>The outputs for one text.</summary>
    public static float[] Run(TextModel model, IReadOnlyList<int> tokens, Func<TokenInput, torch.Tensor> run)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable guard = torch.no_grad();
        model.Module.eval();
        torch.Tensor ids = torch.tensor(tokens.Select(token => (long)token).ToArray()).unsqueeze(0);
        using TokenInput input = new(ids, torch.ones_like(ids), torch.zeros_like(ids));
        return run(input).contiguous().data<float>().ToArray();
    }

    // Weights of the size that training gives; norms and biases that are not 1 and 0.
    private static void Fill(Network network)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable guard = torch.no_grad();
        using torch.Generator generator = new(5);
        foreach ((string name, torch.Tensor tensor) in network.State())
        {
            bool isNorm = name.Contains("norm", StringComparison.OrdinalIgnoreCase) || name.Contains("ln_", StringComparison.Ordinal);
            tensor.normal_(isNorm && name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0, tensor.dim() > 1 ? 0.2 : 0.1, generator);
        }
    }
}
