namespace TransferLearning;

/// <summary>Vectors before those of the tokens (Lester et al., 2021; of an image's patches: Jia et al., 2022).</summary>
internal sealed class PromptBranch : InputBranch
{
    /// <summary>The name under which a network registers them.</summary>
    public const string VectorsName = "prompt_embeddings";

    private readonly AdapterWeight _vectors;
    private readonly Tensor? _words;

    /// <summary>Makes them, allocated but not filled.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="width">How many elements each has.</param>
    /// <param name="words">The vectors of a vocabulary, of which some are chosen to begin with; null for N(0, 0.02).</param>
    public PromptBranch(int count, long width, Tensor? words)
        => (Positions, _vectors, _words) = (count, new AdapterWeight(count, width), words);

    public override int Positions { get; }

    public override IReadOnlyList<(string Name, nn.Module Module)> Modules => [(VectorsName, _vectors)];

    public override void Initialize(Generator generator)
    {
        if (_words is null)
        {
            _vectors.Weight.normal_(0, 0.02, generator);
            return;
        }

        Tensor chosen = randint(0, _words.size(0), [Positions], ScalarType.Int64, generator: generator);
        _vectors.Weight.copy_(_words.index_select(0, chosen.to(_words.device)));
    }

    public override Tensor? Prompt(long samples) => _vectors.Weight.unsqueeze(0).expand(samples, -1, -1);
}
