using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>Which layers of a network have low-rank additions, and of what kind: what a file must say to rebuild them.</summary>
/// <param name="Rank">The rank of each addition.</param>
/// <param name="Alpha">The additions are scaled by Alpha / Rank.</param>
/// <param name="Dropout">The probability with which an input of an addition is dropped in training.</param>
/// <param name="Targets">The last parts of the layers' names.</param>
internal sealed record LoraPlan(int Rank, double Alpha, double Dropout, IReadOnlyList<string> Targets)
{
    /// <summary>The queries and values of attention under the names that different architectures have for them.</summary>
    public static IReadOnlyList<string> QueriesAndValues { get; } = ["query", "value", "q_lin", "v_lin", "q_proj", "v_proj", "q", "v", "c_attn"];

    /// <summary>Gives every layer that is meant an addition that at first changes nothing.</summary>
    /// <exception cref="ArgumentException">No layer has such a name; the message lists those that there are.</exception>
    public void Attach(nn.Module network, long seed)
    {
        List<(string Name, ILoraLayer Layer)> all = Layers(network);
        List<(string Name, ILoraLayer Layer)> chosen = [.. all.Where(entry => Targets.Any(target => IsMeant(entry.Name, target)))];
        if (chosen.Count == 0)
        {
            IEnumerable<string> known = all.Select(entry => entry.Name[(entry.Name.LastIndexOf('.') + 1)..]).Distinct();
            throw new ArgumentException($"No layer of {network.GetName()} is called {string.Join(" or ", Targets)}; its layers are called {string.Join(", ", known)}.");
        }

        for (int i = 0; i < chosen.Count; i++)
        {
            ILoraLayer layer = chosen[i].Layer;
            (long outputs, long inputs) = (layer.Weight.size(0), layer.Weight.size(1));
            Lora lora = layer.StoresInputsFirst ? new Lora(outputs, inputs, Rank, Alpha, Dropout) : new Lora(inputs, outputs, Rank, Alpha, Dropout);
            using Generator generator = new(new SeededRandom(seed, 0, i).NextUInt64());
            lora.Initialize(generator);
            lora.First.to(layer.Weight.device);
            lora.Second.to(layer.Weight.device);
            layer.SetLora(lora);
        }
    }

    /// <summary>Folds every addition into its weight and takes it off: the network computes the same with the layers it began with.</summary>
    public static void Merge(nn.Module network)
    {
        foreach ((_, ILoraLayer layer) in Layers(network).Where(entry => entry.Layer.Lora is not null))
        {
            layer.Lora!.Merge(layer.Weight, layer.StoresInputsFirst, 1);
            layer.SetLora(null);
        }
    }

    /// <summary>Everything a checkpoint holds of a network with the additions folded in, as copies where they are; the network stays as it is.</summary>
    public static IEnumerable<KeyValuePair<string, Tensor>> Merged(nn.Module network)
    {
        Dictionary<string, ILoraLayer> changed = Layers(network).Where(entry => entry.Layer.Lora is not null).ToDictionary(entry => entry.Name + ".weight", entry => entry.Layer);
        foreach ((string name, Tensor tensor) in ModuleState.Of(network).Where(entry => !IsLoraWeight(entry.Key)))
        {
            if (!changed.TryGetValue(name, out ILoraLayer? layer))
            {
                yield return KeyValuePair.Create(name, tensor);
                continue;
            }

            Tensor copy = tensor.detach().clone();
            layer.Lora!.Merge(copy, layer.StoresInputsFirst, 1);
            yield return KeyValuePair.Create(name, copy);
        }
    }

    /// <summary>Takes every addition off without folding it in.</summary>
    public static void Remove(nn.Module network)
    {
        foreach ((_, ILoraLayer layer) in Layers(network).Where(entry => entry.Layer.Lora is not null))
        {
            layer.SetLora(null);
        }
    }

    /// <summary>Whether a parameter belongs to an addition.</summary>
    public static bool IsLoraWeight(string parameter)
        => parameter.EndsWith($".{Lora.FirstName}.weight", StringComparison.Ordinal) || parameter.EndsWith($".{Lora.SecondName}.weight", StringComparison.Ordinal);

    private static bool IsMeant(string name, string target) => name == target || name.EndsWith("." + target, StringComparison.Ordinal);

    private static List<(string Name, ILoraLayer Layer)> Layers(nn.Module network)
        => [.. network.named_modules().Where(entry => entry.module is ILoraLayer && !IsLoraWeight(entry.name + ".weight")).Select(entry => (entry.name, (ILoraLayer)entry.module))];
}
