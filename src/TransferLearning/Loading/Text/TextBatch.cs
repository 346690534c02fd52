using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>Some texts that go through a network together, padded to the longest of them, and what the network is to answer.</summary>
internal sealed class TextBatch : IBatch
{
    /// <param name="examples">The texts; at least one.</param>
    /// <param name="indices">Which samples they are.</param>
    /// <param name="paddingId">What fills shorter rows.</param>
    /// <param name="length">The length of the rows; null means the longest one's.</param>
    public TextBatch(IReadOnlyList<TextExample> examples, IReadOnlyList<int> indices, int paddingId, int? length = null)
    {
        (Examples, Indices) = (examples, indices);
        bool hasTypes = examples.Any(example => example.Encoded.TypeIds.AsSpan().ContainsAnyExcept(0));
        Inputs = TokenInput.FromRows(
            [.. examples.Select(example => example.Encoded.Ids)], paddingId, hasTypes ? [.. examples.Select(example => example.Encoded.TypeIds)] : null, length);
        if (examples[0].DecoderIds is not null)
        {
            Inputs = WithDecoder(Inputs, paddingId);
        }

        Labels = MakeLabels().DetachFromDisposeScope();
    }

    /// <summary>The texts as they were made.</summary>
    public IReadOnlyList<TextExample> Examples { get; }

    /// <summary>The texts as numbers; the batch owns them.</summary>
    public TokenInput Inputs { get; }

    /// <summary>
    /// int64 [N]: a class each; int64 [N, 2]: where answers begin and end; int64 [N, L]: a class for each token or -100; float32 [N, k]:
    /// numbers to be told. The batch owns them.
    /// </summary>
    public Tensor Labels { get; }

    public int Count => Examples.Count;

    public IReadOnlyList<int> Indices { get; }

    public void Dispose()
    {
        Inputs.Dispose();
        Labels.Dispose();
    }

    private TokenInput WithDecoder(TokenInput source, int paddingId)
    {
        int width = Examples.Max(example => example.DecoderIds!.Length);
        long[] ids = new long[Count * width];
        Array.Fill(ids, paddingId);
        for (int i = 0; i < Count; i++)
        {
            Array.ConvertAll(Examples[i].DecoderIds!, id => (long)id).CopyTo(ids, i * width);
        }

        return new TokenInput(source.Ids, source.Mask) { DecoderIds = tensor(ids, [Count, width]).DetachFromDisposeScope() };
    }

    private Tensor MakeLabels()
    {
        TextExample first = Examples[0];
        if (first.Targets is { } targets)
        {
            return tensor([.. Examples.SelectMany(example => example.Targets!)], [Count, targets.Length]);
        }

        if (!first.LabelsPerToken)
        {
            Tensor flat = tensor([.. Examples.SelectMany(example => example.Labels)], ScalarType.Int64);
            return first.Labels.Length == 1 ? flat : flat.view(Count, first.Labels.Length);
        }

        int length = Inputs.DecoderIds is { } read ? (int)read.size(1) : Inputs.Length;
        long[] labels = new long[Count * length];
        Array.Fill(labels, TextExample.NoLabel);
        for (int i = 0; i < Count; i++)
        {
            Examples[i].Labels.CopyTo(labels, i * length);
        }

        return tensor(labels, [Count, length]);
    }
}
