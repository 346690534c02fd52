namespace TransferLearning.Layers;

/// <summary>Multi-head attention of a sequence to itself (Vaswani et al., 2017) under the names of PyTorch's <c>MultiheadAttention</c>;
/// weights allocated but not filled.</summary>
internal sealed class SelfAttention : nn.Module<Tensor, Tensor>
{
    private readonly long _heads;
    private readonly Func<BlockBranch?> _branch;

    [ComponentName(Name = "in_proj_weight")]
    private readonly Parameter _inputWeight;

    [ComponentName(Name = "in_proj_bias")]
    private readonly Parameter _inputBias;

    [ComponentName(Name = "out_proj")]
    private readonly Linear _output;

    /// <summary>Makes the layers.</summary>
    /// <param name="width">How many elements a token has.</param>
    /// <param name="heads">How many attention heads there are.</param>
    /// <param name="branch">Gives what the adapter in use has in the block.</param>
    public SelfAttention(long width, long heads, Func<BlockBranch?> branch) : base(nameof(SelfAttention))
    {
        (_heads, _branch) = (heads, branch);
        _inputWeight = new Parameter(empty(3 * width, width));
        _inputBias = new Parameter(empty(3 * width));
        _output = new Linear(width, width);
        RegisterComponents();
    }

    /// <summary>The weights of queries, keys and values, one below the other.</summary>
    public Parameter InputWeight => _inputWeight;

    public Parameter InputBias => _inputBias;
    public Linear Output => _output;

    /// <summary>[N, L, D] to [N, L, D].</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        (long samples, long length, long width) = (input.size(0), input.size(1), input.size(2));
        Tensor projected = LinearProducts.Linear(input, _inputWeight, _inputBias)
            .reshape(samples, length, 3, _heads, width / _heads).permute(2, 0, 3, 1, 4); // [3, N, heads, L, D/heads]
        (Tensor keys, Tensor values, _) = PrefixedAttention.Of(_branch(), projected[1], projected[2], mask: null);
        Tensor x = DotProductAttention.Run(projected[0], keys, values); // [N, heads, L, D/heads]
        x = x.transpose(1, 2).reshape(samples, length, width); // [N, L, D]
        return _output.call(x).MoveToOuterDisposeScope();
    }
}
