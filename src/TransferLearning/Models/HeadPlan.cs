namespace TransferLearning;

/// <summary>What is put in the place of a network's final layer, as data, so that a saved model can be rebuilt.</summary>
/// <param name="Layers">The layers before the last linear one; empty for a plain head.</param>
/// <param name="Outputs">The number of outputs.</param>
/// <param name="ExtendedFrom">The number of outputs of the pretrained final layer that still runs first; null when it is replaced.</param>
internal sealed record HeadPlan(IReadOnlyList<HeadLayer> Layers, int Outputs, int? ExtendedFrom)
{
    /// <summary>Whether the network's own kind of head is all that is wanted.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsPlain => Layers.Count == 0 && ExtendedFrom is null;

    /// <summary>Puts the head in place, unfilled.</summary>
    /// <param name="network">The network.</param>
    /// <param name="head">The kind of head.</param>
    /// <param name="architecture">The network's name, for errors.</param>
    /// <returns>The names of the modules that are new.</returns>
    /// <exception cref="NotSupportedException">The network classifies before it pools, so that only a plain head fits.</exception>
    public IReadOnlyList<string> Build(Network network, HeadSpec head, string architecture)
    {
        if (IsPlain)
        {
            return network.ResetHead(head);
        }

        if (head.Kind != HeadKind.Pooled)
        {
            throw new NotSupportedException(
                $"Layers of one's own fit where there is one vector for each sample; {architecture} would give {head.Kind}.");
        }

        List<string> names = ExtendedFrom is null ? [.. network.ResetHead(head)] : [];
        nn.Module<Tensor, Tensor> old = network.FinalLayer;
        if (NewHead.Weight(old).dim() == 4)
        {
            throw new NotSupportedException(
                $"{architecture} classifies each place of the image before it pools, so only a plain head fits: ReplaceHead(classes).");
        }

        nn.Module<Tensor, Tensor> layers = NewHead.Of(
            ExtendedFrom ?? NewHead.Weight(old).size(1), Layers, Outputs, ExtendedFrom is null ? null : old);
        nn.Module<Tensor, Tensor> replaced = network.DetachFinalLayer(layers);
        if (ExtendedFrom is null)
        {
            replaced.Dispose();
            return names;
        }

        foreach (string auxiliary in network.AuxiliaryHeads)
        {
            network.ReplaceAuxiliaryLayer(auxiliary, NewHead.Plain(network.AuxiliaryLayer(auxiliary), Outputs));
        }

        return [.. Enumerable.Range(1, Layers.Count + 1).Select(i => $"{network.FinalLayerName}.{i}"), .. network.AuxiliaryHeads];
    }
}
