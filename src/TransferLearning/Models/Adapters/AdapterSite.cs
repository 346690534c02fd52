namespace TransferLearning;

/// <summary>A network that is given an adapter.</summary>
/// <param name="network">The network.</param>
/// <param name="name">The adapter's name.</param>
/// <param name="seed">What fixes draws; those of a place do not depend on the other places' sizes.</param>
internal sealed class AdapterSite(Network network, string name, long seed)
{
    private readonly torch.Device _device = network.parameters().Select(parameter => parameter.device).FirstOrDefault() ?? CPU;
    private int _places;

    public Network Network => network;

    /// <summary>The blocks of the network's own in which adapters have a place.</summary>
    public IReadOnlyList<ITransformerBlock> Blocks => AdapterPlan.Blocks(network);

    /// <summary>Whether the adapter has something beside a layer already.</summary>
    public bool IsTaken(WeightLayer layer) => layer.Branches.Of(name) is not null;

    /// <summary>Fills a branch and puts it in its place.</summary>
    public void Put<TBranch>(AdapterPlace<TBranch> place, TBranch branch) where TBranch : AdapterBranch
    {
        using Generator generator = new(new SeededRandom(seed, 0, _places++).NextUInt64());
        using (no_grad())
        using (NewDisposeScope())
        {
            branch.Initialize(generator);
        }

        foreach ((_, nn.Module module) in branch.Modules)
        {
            module.to(_device);
            module.train(network.training);
        }

        place.Put(network.Adapters, name, branch);
    }
}
