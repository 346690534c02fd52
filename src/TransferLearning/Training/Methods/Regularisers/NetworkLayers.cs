using TransferLearning.Layers;

namespace TransferLearning;

/// <summary>Some modules of a network whose outputs are wanted, each as a map [N, C, h, w] in float32.</summary>
internal sealed class NetworkLayers
{
    private readonly Network _network;
    private readonly Dictionary<nn.Module, int> _places = [];

    private NetworkLayers(Network network, IReadOnlyList<string> names)
    {
        (_network, Names) = (network, names);
        Dictionary<string, nn.Module> modules = network.named_modules().ToDictionary(entry => entry.name, entry => entry.module);
        foreach (string name in names)
        {
            _places[modules[name]] = _places.Count;
        }
    }

    /// <summary>The modules' names.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The modules of these names.</summary>
    /// <exception cref="ArgumentException">There is no such module, or it is named twice.</exception>
    public static NetworkLayers Named(Network network, IReadOnlyList<string> names)
    {
        HashSet<string> known = [.. network.named_modules().Select(entry => entry.name)];
        if (names.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
        {
            throw new ArgumentException(
                $"{network.GetName()} has no module '{unknown}'; its stages are "
                    + $"{string.Join(", ", network.Stages.Select(stage => stage.Name))}, and Module.named_modules() lists all.");
        }

        return names.Distinct().Count() == names.Count
            ? new NetworkLayers(network, names)
            : throw new ArgumentException($"A layer is named twice: {string.Join(", ", names)}.");
    }

    /// <summary>The last module of each stage that gives a map or tokens.</summary>
    /// <param name="network">The network.</param>
    /// <param name="run">Runs it.</param>
    public static NetworkLayers OfStages(Network network, Action run)
    {
        Dictionary<nn.Module, string> names = network.named_modules()
            .DistinctBy(entry => entry.module)
            .ToDictionary(entry => entry.module, entry => entry.name);
        Dictionary<string, string> last = [];
        using (new ForwardTap
        {
            OnOutput = (module, output) =>
            {
                if (output.dim() is 3 or 4 && names.TryGetValue(module, out string? name) && !network.IsInHead(name)
                    && network.Stages.FirstOrDefault(stage => stage.Holds(name)) is { } stage)
                {
                    last[stage.Name] = name;
                }

                return null;
            },
        })
        {
            run();
        }

        return new NetworkLayers(network, [.. network.Stages.Select(stage => last.GetValueOrDefault(stage.Name)).OfType<string>()]);
    }

    /// <summary>Does something that runs the network, and gives with its result the maps, in the order of <see cref="Names"/>; they join
    /// the caller's dispose scope.</summary>
    /// <exception cref="InvalidOperationException">A module was not run, or gives no map.</exception>
    public (T Result, Tensor[] Maps) Watch<T>(Func<T> run)
    {
        Tensor?[] seen = new Tensor?[_places.Count];
        try
        {
            T result;
            using (new ForwardTap { OnOutput = Keep })
            {
                result = run();
            }

            return (result, [.. seen.Select((map, i) => (map ?? throw NotSeen(i)).alias())]);
        }
        finally
        {
            Array.ForEach(seen, map => map?.Dispose());
        }

        Tensor? Keep(nn.Module module, Tensor output)
        {
            if (_places.TryGetValue(module, out int place))
            {
                seen[place]?.Dispose();
                seen[place] = Map(module, output, Names[place]).DetachFromDisposeScope();
            }

            return null;
        }
    }

    /// <summary>Puts 0 in the place of one channel that a layer gives, until the result is disposed.</summary>
    public ForwardTap Without(int layer, int channel) => new()
    {
        OnOutput = (module, output) =>
        {
            if (!_places.TryGetValue(module, out int place) || place != layer)
            {
                return null;
            }

            bool isLast = output.dim() == 3 || (output.dim() == 4 && SpatialGrid.IsChannelsLast(_network, module));
            Tensor cut = output.clone();
            using Tensor part = cut.select(isLast ? output.dim() - 1 : 1, channel);
            part.zero_();
            return cut;
        },
    };

    private Tensor Map(nn.Module module, Tensor output, string name)
    {
        using DisposeScope scope = NewDisposeScope();

        // What follows may work in place.
        Tensor own = output.to(ScalarType.Float32, copy: true);
        Tensor map = output.dim() switch
        {
            2 => own.unsqueeze(2).unsqueeze(3),
            3 => own.transpose(1, 2).unsqueeze(3),
            4 => SpatialGrid.IsChannelsLast(_network, module) ? own.permute(0, 3, 1, 2) : own,
            _ => throw new InvalidOperationException(
                $"'{name}' of {_network.GetName()} gives [{string.Join(", ", output.shape)}], which is no map: take another layer."),
        };
        return map.MoveToOuterDisposeScope();
    }

    private InvalidOperationException NotSeen(int place)
        => new($"'{Names[place]}' of {_network.GetName()} was not run as a module of its own: take the layer before or after it.");
}
