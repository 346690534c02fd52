namespace TransferLearning;

/// <summary>Puts adapters into a network, folds them into its layers, and takes them away.</summary>
internal static class AdapterPlan
{
    private static readonly HashSet<string> Members =
    [
        AdapterPlace<SideBranch>.Named, LoraBranch.FirstName, LoraBranch.SecondName, LoraBranch.MagnitudeName, Ia3Branch.FactorsName,
        BottleneckBranch.AttentionName, BottleneckBranch.OutputName, PrefixBranch.KeysName, PrefixBranch.ValuesName,
        PromptBranch.VectorsName, SideNetworkBranch.NetworkName, SideNetworkBranch.AlphaName,
    ];

    /// <summary>Gives a network an adapter, which is used from now on.</summary>
    /// <param name="network">The network.</param>
    /// <param name="options">Its kind.</param>
    /// <param name="seed">What fixes draws.</param>
    /// <param name="name">Its name.</param>
    /// <param name="headOutputs">How many outputs its own head has; null where it uses the network's.</param>
    /// <exception cref="ArgumentException">The network has no place for it; nothing is changed.</exception>
    public static void Attach(
        Network network, AdapterOptions options, long seed, string name = AdapterChoice.Unnamed, long? headOutputs = null)
    {
        options.Validate();
        (string Name, Linear Layer)[] head = headOutputs is null ? [] : [.. Head(network)];
        AdapterSite site = new(network, name, seed);
        try
        {
            options.Attach(site);
            foreach ((string layer, Linear linear) in head.Where(entry => !site.IsTaken(entry.Layer)))
            {
                long outputs = layer == network.FinalLayerName ? headOutputs!.Value : linear.Weight.size(0);
                site.Put(linear.Branches, new OwnLayerBranch(linear, outputs));
            }
        }
        catch
        {
            Remove(network, name);
            throw;
        }

        network.Adapters.Used = name;
    }

    /// <summary>Takes an adapter away.</summary>
    public static void Remove(Network network, string name = AdapterChoice.Unnamed)
    {
        foreach (nn.Module module in network.modules().ToArray())
        {
            AdapterBranch? branch = module switch
            {
                WeightLayer layer => layer.Branches.Take(name),
                ITransformerBlock block => block.Branches.Take(name),
                Network whole => whole.InputAdapters.Take(name),
                _ => null,
            };
            branch?.Dispose();
        }
    }

    /// <summary>Folds the adapter in use into the layers beside it: the network computes the same with the layers it began with.</summary>
    /// <returns>What puts everything back.</returns>
    /// <exception cref="InvalidOperationException">It cannot be folded in; nothing is changed.</exception>
    public static IReadOnlyList<MergedLayer> Merge(Network network)
    {
        RequireMergeable(network);
        string name = network.Adapters.Used!;
        List<MergedLayer> merged = [];
        foreach ((_, WeightLayer layer) in Changed(network).ToArray())
        {
            using IDisposable guard = no_grad();
            merged.Add(new MergedLayer(layer, layer.Weight.clone(), layer.Bias?.clone(), layer.Branch!));
            layer.Branch!.MergeInto(layer.Weight, layer.Bias);
            layer.Branches.Take(name);
        }

        return merged;
    }

    /// <summary>
    /// Everything a checkpoint holds of a network with the adapter in use folded in, as copies where it is; the network stays as it is.
    /// </summary>
    /// <exception cref="InvalidOperationException">It cannot be folded in.</exception>
    public static IEnumerable<KeyValuePair<string, Tensor>> Merged(Network network)
    {
        RequireMergeable(network);
        Dictionary<string, WeightLayer> changed = Changed(network).ToDictionary(entry => entry.Name, entry => entry.Layer);
        Dictionary<string, (Tensor Weight, Tensor? Bias)> merged = [];
        foreach ((string name, Tensor tensor) in network.State().Where(entry => !IsAdapterWeight(entry.Key)))
        {
            int dot = name.LastIndexOf('.');
            string owner = dot < 0 ? "" : name[..dot];
            if (!changed.TryGetValue(owner, out WeightLayer? layer))
            {
                yield return KeyValuePair.Create(name, tensor);
                continue;
            }

            if (!merged.TryGetValue(owner, out (Tensor Weight, Tensor? Bias) pair))
            {
                pair = (layer.Weight.detach().clone(), layer.Bias?.detach().clone());
                layer.Branch!.MergeInto(pair.Weight, pair.Bias);
                merged.Add(owner, pair);
            }

            yield return KeyValuePair.Create(name, name.EndsWith(".bias", StringComparison.Ordinal) ? pair.Bias! : pair.Weight);
        }
    }

    /// <summary>Whether a parameter or module belongs to an adapter.</summary>
    public static bool IsAdapterWeight(string name) => name.Split('.').Any(Members.Contains);

    /// <summary>The adapter that a weight belongs to; null for a weight of the network's own.</summary>
    public static string? AdapterOf(string name)
    {
        string[] parts = name.Split('.');
        int member = Array.FindIndex(parts, Members.Contains);
        return member < 0 ? null
            : parts[member] == AdapterPlace<SideBranch>.Named && member + 1 < parts.Length ? parts[member + 1]
            : AdapterChoice.Unnamed;
    }

    /// <summary>The network's modules without those of adapters.</summary>
    public static IEnumerable<(string Name, nn.Module Module)> OwnModules(Network network)
        => network.named_modules().Where(entry => !IsAdapterWeight(entry.name));

    /// <summary>The blocks of a network in which adapters have a place, in order.</summary>
    public static IReadOnlyList<ITransformerBlock> Blocks(Network network)
        => [.. OwnModules(network).Select(entry => entry.Module).OfType<ITransformerBlock>()];

    /// <summary>The same where there must be one.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static IReadOnlyList<ITransformerBlock> RequireBlocks(Network network, string method)
        => Blocks(network) is { Count: > 0 } blocks
            ? blocks
            : throw new ArgumentException(
                $"{network.GetName()} has no transformer blocks of this library, in which {method} has its place; its parts are "
                    + $"{string.Join(", ", network.Stages.Select(stage => stage.Name))}. Use LoraOptions.");

    /// <summary>Refuses an adapter that leaves a text no positions.</summary>
    public static void RequirePositions(Network network, int count, string method)
    {
        if (network is TextNetwork { MaximumLength: { } most } && count >= most)
        {
            throw new ArgumentException(
                $"{network.GetName()} has {most} positions, and {method} would take {count} of them; choose a smaller Length.");
        }
    }

    // The layers of the head, which an adapter can have for itself.
    private static IEnumerable<(string Name, Linear Layer)> Head(Network network)
    {
        HashSet<string> known = [];
        foreach ((string name, nn.Module module) in OwnModules(network).Where(entry => network.IsInHead(entry.Name)))
        {
            if (module is Linear linear)
            {
                known.Add(name);
                yield return (name, linear);
            }
        }

        string? other = network.named_parameters().Select(entry => entry.name).FirstOrDefault(
            name => network.IsInHead(name) && !IsAdapterWeight(name) && !known.Contains(name[..name.LastIndexOf('.')]));
        if (other is not null)
        {
            throw new ArgumentException(
                $"A second adapter needs a head of its own, and '{other}' in the head of {network.GetName()} belongs to no linear layer; "
                    + "keep one adapter in the model.");
        }
    }

    private static void RequireMergeable(Network network)
    {
        string? reason = network.InputAdapter is not null || Blocks(network).Any(block => block.Branches.Active is not null)
            ? "it stands beside no layer whose weights it could be added to"
            : Changed(network).Select(
                entry => entry.Layer.Branch!.Unmergeable(entry.Layer) is { } why ? $"beside '{entry.Name}' {why}" : null)
                .FirstOrDefault(why => why is not null);
        if (reason is not null)
        {
            throw new InvalidOperationException(
                $"The adapter of {network.GetName()} cannot be folded into its layers: {reason}. Keep it in the model, which Save and "
                    + "SaveAdapter write as it is.");
        }
    }

    private static IEnumerable<(string Name, WeightLayer Layer)> Changed(Network network)
        => OwnModules(network)
            .Where(entry => entry.Module is WeightLayer { Branch: not null })
            .Select(entry => (entry.Name, (WeightLayer)entry.Module));
}
