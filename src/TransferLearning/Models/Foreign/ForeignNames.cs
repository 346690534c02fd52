namespace TransferLearning;

/// <summary>How another library names the weights of an architecture that this one has too: one row of
/// <see cref="ForeignNamesTable"/>.</summary>
/// <param name="Home">The library.</param>
/// <param name="Architectures">A regular expression for the architectures of this library that the row is for.</param>
/// <param name="Signature">Names that are all there in such a checkpoint, and never all in another.</param>
/// <param name="Names">From the names of the network to the map from foreign names to them. Tensors whose new names end in <c>#0</c>,
/// <c>#1</c>, … are parts of one: they are joined along the first axis under the name before the sign.</param>
internal sealed record ForeignNames(
    string Home, string Architectures, IReadOnlyList<string> Signature, Func<IReadOnlyList<string>, KeyMap> Names)
{
    /// <summary>A prefix of all names but those of the classifier that checkpoints without a classifier lack.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>What must differ in the network for the weights to mean the same. Default: nothing.</summary>
    public Func<NetworkOptions, NetworkOptions> Options { get; init; } = options => options;

    /// <summary>Whether a checkpoint has names of this form.</summary>
    public bool Fits(StateDict state) => Signature.All(name => state.TryGet(name, out _) || state.TryGet(Prefix + name, out _));
}
