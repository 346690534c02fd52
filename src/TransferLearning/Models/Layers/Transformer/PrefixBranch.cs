namespace TransferLearning.Layers;

/// <summary>Keys and values before those of the tokens (Li and Liang, 2021), the same for all samples, which no mask covers.</summary>
internal sealed class PrefixBranch : BlockBranch
{
    /// <summary>The names under which a block registers them.</summary>
    public const string KeysName = "prefix_key";

    public const string ValuesName = "prefix_value";

    private const double Deviation = 0.02;

    private readonly AdapterWeight _keys;
    private readonly AdapterWeight _values;

    /// <summary>Makes them, allocated but not filled.</summary>
    /// <param name="heads">How many attention heads there are.</param>
    /// <param name="count">How many keys there are.</param>
    /// <param name="width">How many elements a token has in one head.</param>
    public PrefixBranch(long heads, long count, long width)
        => (_keys, _values) = (new AdapterWeight(heads, count, width), new AdapterWeight(heads, count, width));

    public override IReadOnlyList<(string Name, nn.Module Module)> Modules => [(KeysName, _keys), (ValuesName, _values)];

    public override (Tensor Keys, Tensor Values)? Prefix => (_keys.Weight, _values.Weight);

    /// <summary>N(0, 0.02): the tokens' own attention is weaker at first by what falls to the prefix.</summary>
    public override void Initialize(Generator generator)
    {
        _keys.Weight.normal_(0, Deviation, generator);
        _values.Weight.normal_(0, Deviation, generator);
    }
}
