namespace TransferLearning;

/// <summary>What a prefix of keys and values takes of a network's positions: those of the tokens are counted from its end.</summary>
internal sealed class PrefixPositions(int count) : InputBranch
{
    public override int Positions => count;

    public override IReadOnlyList<(string Name, nn.Module Module)> Modules => [];

    public override void Initialize(Generator generator) { }
}
