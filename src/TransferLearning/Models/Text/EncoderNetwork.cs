using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>A bidirectional encoder, with the kinds of heads that BERT and its kin have in common.</summary>
internal abstract class EncoderNetwork(string name, ModelConfig config, HeadSpec head) : TextNetwork(name, config, head)
{
    public static IReadOnlyList<HeadKind> Kinds { get; } = [HeadKind.None, HeadKind.Pooled, HeadKind.Tokens, HeadKind.Spans, HeadKind.Vocabulary];

    public sealed override IReadOnlyList<HeadKind> HeadKinds => Kinds;

    /// <summary>Whether the output layer shares the table of token embeddings.</summary>
    protected bool IsTied => Config.Flag("tie_word_embeddings", true);

    /// <summary>Whether an entry is one of the buffers that old versions kept: the numbers 0, 1, 2, … and zeros.</summary>
    protected static bool IsPositions(string name)
        => name.EndsWith("embeddings.position_ids", StringComparison.Ordinal) || name.EndsWith("embeddings.token_type_ids", StringComparison.Ordinal);

    /// <summary>The other names of parameters: that of the output layer's weight, where it is tied, and some more.</summary>
    protected Dictionary<string, string> TiedNames(string output, params IReadOnlyList<(string Name, string Parameter)> others)
    {
        Dictionary<string, string> names = others.ToDictionary(pair => pair.Name, pair => pair.Parameter);
        if (IsTied)
        {
            names.Add(output, WordEmbeddingName);
        }

        return names;
    }
}
