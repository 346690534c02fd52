using System.Text.RegularExpressions;

namespace TransferLearning;

/// <summary>Puts LoRA weights beside layers of a network, any <see cref="Linear"/> or <see cref="Conv2d"/>, and takes them away.</summary>
internal static class LoraPlan
{
    private const string AllLinear = "all-linear";

    /// <summary>Gives every layer that is meant weights that at first change nothing.</summary>
    /// <exception cref="ArgumentException">No layer has such a name, the message lists those that there are; or a layer cannot have such
    /// weights.</exception>
    public static void Attach(Network network, LoraOptions options, long seed)
    {
        options.Validate();
        (string Name, nn.Module Module)[] all =
        [
            .. network.named_modules().Where(entry => entry.module is WeightLayer || IsForeign(entry.module))
        ];
        (string Name, nn.Module Module)[] chosen = [.. all.Where(entry => IsMeant(network, options, entry.Name, entry.Module))];
        if (chosen.Length == 0)
        {
            IEnumerable<string> known = all.Select(entry => entry.Name[(entry.Name.LastIndexOf('.') + 1)..]).Distinct();
            string wanted = options.TargetPattern ?? string.Join(" or ", options.Targets);
            string blocks = options.LayersToTransform is { } numbers ? $" in the blocks {string.Join(", ", numbers)}" : "";
            throw new ArgumentException(
                $"No layer of {network.GetName()} is called {wanted}{blocks}; its layers are called {string.Join(", ", known)}.");
        }

        foreach ((string name, nn.Module module) in chosen)
        {
            if (IsForeign(module) || module is Conv2d { Geometry.Groups: > 1 } or Conv1d)
            {
                string reason = IsForeign(module)
                    ? $"it is a {module.GetType().FullName}; build the network of TransferLearning.Layers"
                    : module is Conv1d ? "it is a convolution over one axis" : "its convolution has groups";
                throw new ArgumentException(
                    $"The layer '{name}' of {network.GetName()} cannot have LoRA weights: {reason}, or leave it out of the targets.");
            }
        }

        for (int i = 0; i < chosen.Length; i++)
        {
            WeightLayer layer = (WeightLayer)chosen[i].Module;
            int rank = Of(options.RankPattern, chosen[i].Name, options.Rank);
            double alpha = Of(options.AlphaPattern, chosen[i].Name, options.Alpha);
            LoraBranch branch = new(
                layer, rank, alpha / (options.UsesRankStabilizedScale ? Math.Sqrt(rank) : rank), options.Dropout, options.HasBias);
            using Generator generator = new(new SeededRandom(seed, 0, i).NextUInt64());
            branch.Initialize(generator);
            foreach ((_, nn.Module part) in branch.Modules)
            {
                part.to(layer.Weight.device);
            }

            layer.SetBranch(branch);
        }
    }

    /// <summary>Merges all LoRA weights into the layers beside them: the network computes the same with the layers it began with.</summary>
    /// <exception cref="InvalidOperationException">LoRA weights have a bias and the layer has none; nothing is changed.</exception>
    public static void Merge(Network network)
    {
        List<(string Name, WeightLayer Layer)> changed = [.. Changed(network)];
        if (
            changed.Find(
                entry => entry.Layer.Bias is null && entry.Layer.Branch!.Modules.Any(part
                    => part.Module is WeightLayer { Bias: not null })) is { Name: { } name })
        {
            throw new InvalidOperationException(
                $"The LoRA weights of '{name}' have a bias (lora_bias), and the layer has none to merge it into; keep them beside the "
                    + "layer.");
        }

        foreach ((_, WeightLayer layer) in changed)
        {
            using IDisposable guard = no_grad();
            layer.Branch!.AddTo(layer.Weight, layer.Bias);
            layer.SetBranch(null);
        }
    }

    /// <summary>
    /// Everything a checkpoint holds of a network with the LoRA weights merged, as copies where they are; the network stays as it is.
    /// </summary>
    public static IEnumerable<KeyValuePair<string, Tensor>> Merged(Network network)
    {
        Dictionary<string, WeightLayer> changed = Changed(network).ToDictionary(entry => entry.Name, entry => entry.Layer);
        Dictionary<string, (Tensor Weight, Tensor? Bias)> merged = [];
        foreach ((string name, Tensor tensor) in network.State().Where(entry => !IsLoraWeight(entry.Key)))
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
                layer.Branch!.AddTo(pair.Weight, pair.Bias);
                merged.Add(owner, pair);
            }

            yield return KeyValuePair.Create(name, name.EndsWith(".bias", StringComparison.Ordinal) ? pair.Bias! : pair.Weight);
        }
    }

    /// <summary>Takes all LoRA weights away without merging them.</summary>
    public static void Remove(Network network)
    {
        foreach ((_, WeightLayer layer) in Changed(network).ToArray())
        {
            layer.SetBranch(null);
        }
    }

    /// <summary>Whether a parameter is a LoRA weight.</summary>
    public static bool IsLoraWeight(string parameter)
        => parameter.Contains($".{LoraBranch.FirstName}.", StringComparison.Ordinal)
            || parameter.Contains($".{LoraBranch.SecondName}.", StringComparison.Ordinal);

    private static IEnumerable<(string Name, WeightLayer Layer)> Changed(Network network)
        => network
            .named_modules()
            .Where(entry => entry.module is WeightLayer { Branch: not null })
            .Select(entry => (entry.name, (WeightLayer)entry.module));

    // A layer of TorchSharp's own, which has no place for other weights.
    private static bool IsForeign(nn.Module module) => module is TorchSharp.Modules.Linear or TorchSharp.Modules.Conv2d;

    private static bool IsMeant(Network network, LoraOptions options, string name, nn.Module module)
    {
        bool isTarget = options.TargetPattern is { } pattern ? Matches($"^(?:{pattern})$", name)
            : options.Targets is [AllLinear]
                ? module is Linear or TransposedLinear or TorchSharp.Modules.Linear && name != network.FinalLayerName
            : options.Targets.Any(target => name == target || name.EndsWith("." + target, StringComparison.Ordinal));
        return isTarget
            && (
                options.LayersToTransform is not { } wanted || (
                    BlockOf(name, options.LayersPattern) is { } block && wanted.Contains(block)));
    }

    // The last number with a name before it and one after it, as the PEFT library finds it.
    private static int? BlockOf(string name, IReadOnlyList<string> patterns)
    {
        string[] parts = name.Split('.');
        for (int i = parts.Length - 2; i > (patterns.Count == 0 ? 1 : 0); i--)
        {
            if (int.TryParse(parts[i], out int block) && (patterns.Count == 0 || patterns.Contains(parts[i - 1])))
            {
                return block;
            }
        }

        return null;
    }

    private static T Of<T>(IReadOnlyDictionary<string, T> patterns, string name, T otherwise)
    {
        foreach ((string pattern, T value) in patterns)
        {
            if (Matches($@"^(?:.*\.)?(?:{pattern})$", name))
            {
                return value;
            }
        }

        return otherwise;
    }

    // A pattern of a file must not be able to take for ever.
    private static bool Matches(string pattern, string name)
    {
        try
        {
            return Regex.IsMatch(name, pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new ArgumentException($"The pattern {pattern} for names of layers cannot be read: {exception.Message}", exception);
        }
    }
}
