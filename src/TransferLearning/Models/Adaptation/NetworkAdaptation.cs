namespace TransferLearning;

/// <summary>What is changed of a network that others trained: its head, adapters, and which parts are frozen.</summary>
/// <param name="network">The network, which stays the caller's.</param>
internal sealed class NetworkAdaptation(Network network)
{
    private readonly HashSet<string> _newNames = [];

    /// <summary>The layers of a head that was put together or extended; null for a plain one.</summary>
    public HeadPlan? Head { get; private set; }

    /// <summary>The adapters that there are.</summary>
    public NetworkAdapters Adapters { get; } = new(network);

    /// <summary>Whether frozen batch norms keep their statistics in training.</summary>
    public bool FreezesStatistics { get; private set; } = true;

    /// <summary>The factor between the learning rates of one stage and the next; null for equal rates.</summary>
    public double? LayerDecay { get; set; }

    /// <summary>The names of frozen parameters.</summary>
    public IReadOnlyList<string> Frozen
        => [.. network.named_parameters().Where(entry => !entry.parameter.requires_grad).Select(entry => entry.name)];

    /// <summary>Notes weights that were drawn when the network was loaded.</summary>
    public void NoteNew(IEnumerable<string> names) => _newNames.UnionWith(names);

    /// <summary>Gives the network another head, or keeps the one that it has where it is of the kind asked for.</summary>
    /// <param name="head">The kind of head.</param>
    /// <param name="plan">Its layers.</param>
    /// <param name="fresh">How the weights of a new one begin; null keeps a head of that kind, and takes another from
    /// <paramref name="fillNew"/>.</param>
    /// <param name="seed">What fixes draws.</param>
    /// <param name="architecture">The network's name, for errors.</param>
    /// <param name="fillNew">Fills new weights from elsewhere where they are to be had there; returns those that are left.</param>
    /// <returns>Whether there is another head, whose weights lie on the CPU.</returns>
    /// <exception cref="InvalidOperationException">There are adapters, or a head that was changed is to be extended.</exception>
    public bool ChangeHead(
        HeadSpec head, HeadPlan plan, HeadInitialization? fresh, long seed, string architecture,
        Func<HashSet<string>, IReadOnlyCollection<string>> fillNew)
    {
        if (Adapters.All.Count > 0)
        {
            throw new InvalidOperationException(
                "Choose the task before WithLora or WithAdapter, or call MergeLora or RemoveAdapter first: the adapter's weights belong to "
                    + "the network as it is.");
        }

        if (plan.ExtendedFrom is not null && Head is not null)
        {
            throw new InvalidOperationException(
                "The head has been changed already; extend the pretrained one, or replace it with ReplaceHead.");
        }

        if (fresh is null && network.HeadKind == head.Kind)
        {
            return false;
        }

        nn.Module<Tensor, Tensor>? kept = plan.ExtendedFrom is null ? null : network.FinalLayer;
        IReadOnlyList<string> names = plan.Build(network, head, architecture);
        NetworkStage added = new("new", names);
        _newNames.Clear();
        _newNames.UnionWith(fillNew([.. network.State().Select(entry => entry.Key).Where(added.Holds)]));
        network.InitializeOwnersOf(seed, _newNames);
        foreach ((string name, nn.Module part) in fresh is null ? [] : network.named_modules())
        {
            if (names.Contains(name) && !ReferenceEquals(part, kept) && (network.IsInHead(name) || network.AuxiliaryHeads.Contains(name)))
            {
                NewHead.Fill(part, fresh!.Value, seed, kept);
            }
        }

        network.eval(); // new layers begin in training mode, where dropout is on
        Head = plan.IsPlain ? null : plan;
        return true;
    }

    /// <summary>The new weights, or the head where nothing is new.</summary>
    /// <param name="trainedHead">The parts that are the head.</param>
    public NetworkStage HeadOf(IReadOnlyList<string> trainedHead) => new("head", _newNames.Count > 0 ? [.. _newNames] : trainedHead);

    /// <summary>Freezes everything but the new weights, or the head where nothing is new, the adapter in use, and weights of some
    /// kind.</summary>
    /// <param name="freezesStatistics">Whether frozen batch norms keep their statistics.</param>
    /// <param name="trainedHead">The parts that are the head.</param>
    /// <param name="besides">What else is trained.</param>
    public void Freeze(bool freezesStatistics, IReadOnlyList<string> trainedHead, TrainedWeights besides = TrainedWeights.None)
    {
        HashSet<string> others = [.. TrainedNames.Of(network, besides)];
        FreezesStatistics = freezesStatistics;
        NetworkStage kept = HeadOf(trainedHead);
        SetTrainable(name => Adapters.Trains(name, part => kept.Holds(part) || others.Contains(part)));
    }

    /// <summary>Trains the parameters that a condition on their names chooses, and no others.</summary>
    public void SetTrainable(Func<string, bool> isTrained)
    {
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in network.named_parameters())
        {
            parameter.requires_grad = isTrained(name);
        }
    }

    /// <summary>Takes over what a saved network had; its layers are built already.</summary>
    public void Restore(HeadPlan? head, double? layerDecay, bool freezesStatistics, IEnumerable<string> frozen)
    {
        (Head, LayerDecay, FreezesStatistics) = (head, layerDecay, freezesStatistics);
        HashSet<string> names = [.. frozen];
        SetTrainable(name => !names.Contains(name));
        network.eval();
    }
}
