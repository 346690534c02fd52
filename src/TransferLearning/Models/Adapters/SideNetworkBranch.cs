namespace TransferLearning;

/// <summary>A network beside the backbone (Zhang et al., 2020): features = a backbone(x) + (1 - a) side(x), a = sigmoid(alpha), of which
/// alpha and the side network are trained.</summary>
internal sealed class SideNetworkBranch : InputBranch
{
    /// <summary>The names under which a network registers them.</summary>
    public const string NetworkName = "side_network";

    public const string AlphaName = "side_alpha";

    private readonly ImageNetwork _side;
    private readonly ImageNetwork? _copied;
    private readonly AdapterWeight _alpha;

    /// <summary>Takes a side network, which is the branch's from now on; not filled.</summary>
    /// <param name="side">A network with as many outputs as the backbone has features.</param>
    /// <param name="copied">The network whose backbone's weights it begins with; null for weights of its own.</param>
    public SideNetworkBranch(ImageNetwork side, ImageNetwork? copied) => (_side, _copied, _alpha) = (side, copied, new AdapterWeight(1));

    public override IReadOnlyList<(string Name, nn.Module Module)> Modules => [(NetworkName, _side), (AlphaName, _alpha)];

    /// <summary>a is 1/2.</summary>
    public override void Initialize(Generator generator)
    {
        _side.Initialize(generator.initial_seed());
        _alpha.Weight.zero_();
        Dictionary<string, Tensor> own = new(_side.State());
        foreach ((string name, Tensor tensor) in _copied?.State() ?? [])
        {
            if (!_copied!.IsInHead(name) && own.TryGetValue(name, out Tensor? there))
            {
                there.copy_(tensor);
            }
        }
    }

    public override Tensor Blend(Tensor features, Tensor images)
    {
        using Tensor plain = features;
        using DisposeScope scope = NewDisposeScope();
        Tensor side = _side.call(images);
        if (!plain.shape.SequenceEqual(side.shape))
        {
            throw new NotSupportedException(
                $"Side tuning blends vectors, one for each image ([{string.Join(", ", side.shape)}]), and the head of this network takes "
                    + $"[{string.Join(", ", plain.shape)}]; choose a network that pools before its head.");
        }

        Tensor share = _alpha.Weight.sigmoid();
        return side.Add(plain.sub(side).mul(share)).MoveToOuterDisposeScope();
    }
}
