namespace TransferLearning.Layers;

/// <summary>A table of vectors, one for each number, with PyTorch's names; its weights are allocated but not filled.</summary>
public sealed class Embedding : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    /// <summary>Makes a table.</summary>
    /// <param name="count">How many vectors there are.</param>
    /// <param name="width">How long each is.</param>
    /// <param name="padding">The number whose vector is not trained, or null.</param>
    public Embedding(long count, long width, long? padding = null) : base(nameof(Embedding))
    {
        _weight = new Parameter(empty(count, width));
        Padding = padding;
        RegisterComponents();
    }

    /// <summary>The vectors, a row each.</summary>
    public Parameter Weight => _weight;

    /// <summary>The number whose vector is not trained: PyTorch's <c>padding_idx</c>.</summary>
    public long? Padding { get; }

    /// <summary>int64 [N, L] to [N, L, D].</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor rows = _weight.index_select(0, input.flatten()); // [N * L, D]
        Tensor vectors = rows.view([.. input.shape, _weight.size(1)]);
        if (Padding is { } padding && rows.requires_grad)
        {
            Tensor isPadding = input.IsEqual(padding);
            if (isPadding.any().item<bool>())
            {
                vectors = where(isPadding.unsqueeze(-1), vectors.detach(), vectors);
            }
        }

        return vectors.MoveToOuterDisposeScope();
    }
}
