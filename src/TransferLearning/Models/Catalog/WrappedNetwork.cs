using System.Reflection;
using TorchSharp.Utils;

namespace TransferLearning;

/// <summary>
/// A caller's own TorchSharp module as a network: its last fully connected layer becomes the head, all before it the backbone, under the
/// names that the module has for them. The network owns the module from then on.
/// </summary>
/// <remarks>
/// What a module computes is known to itself alone, so the layer cannot be left out; instead the identity matrix takes the place of its
/// weights, and what the module gives is what entered the layer. A first pass proves that: the outputs must be the same as before.
/// </remarks>
internal sealed class WrappedNetwork : ImageNetwork
{
    private const string Prefix = "wrapped:";
    private const double Tolerance = 1e-4;

    // TorchSharp lists what is in here as a module's parameters, and has no way to take one out.
    private static readonly FieldInfo Listed =
        typeof(nn.Module).GetField("_internal_params", BindingFlags.Instance | BindingFlags.NonPublic)
        ?? throw new MissingFieldException("This version of TorchSharp keeps a module's parameters elsewhere: wrapping must be adapted.");

    private readonly nn.Module<Tensor, Tensor> _module;
    private readonly TorchSharp.Modules.Linear _layer;
    private readonly bool _hasOwnTensors;

    private WrappedNetwork(nn.Module<Tensor, Tensor> module, string head, ImagePreprocess preprocess)
        : base(Prefix + module.GetName())
    {
        (string name, _layer) = Find(module, head);
        (_module, FeatureCount, OriginalOutputs) = (module, checked((int)_layer.in_features), checked((int)_layer.out_features));
        Linear ours = Taken(module, _layer, name, preprocess);
        _hasOwnTensors = module.named_parameters(recurse: false).Any() || module.named_buffers(recurse: false).Any();
        foreach ((string own, TorchSharp.Modules.Parameter parameter) in module.named_parameters(recurse: false))
        {
            register_parameter(own, parameter);
        }

        foreach ((string own, Tensor buffer) in module.named_buffers(recurse: false))
        {
            register_buffer(own, buffer);
        }

        foreach ((string child, nn.Module part) in module.named_children().Where(child => child.name != name))
        {
            register_module(child, part);
        }

        ChangeHead((name, ours));
        Stages = StagesOf(module, name);
    }

    /// <inheritdoc/>
    public override int FeatureCount { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<NetworkStage> Stages { get; }

    /// <summary>How many outputs the module came with.</summary>
    public int OriginalOutputs { get; }

    /// <inheritdoc/>
    protected override IReadOnlyList<BackboneStep> Steps => [new(Stages[0].Name, Features)];

    /// <summary>The row of such a network.</summary>
    /// <param name="module">Gives the module, with the weights that it is to have.</param>
    /// <param name="name">The name of its class.</param>
    /// <param name="head">The name of its head.</param>
    /// <param name="preprocess">How images are prepared for it.</param>
    public static ModelVariant Variant(
        Func<nn.Module<Tensor, Tensor>> module, string name, string head, ImagePreprocess preprocess)
        => new(Prefix + name, _ => new WrappedNetwork(module(), head, preprocess)) { Preprocess = preprocess };

    /// <summary>The row of a saved model: one of the catalogue, or such a network.</summary>
    /// <param name="path">The file of the model, for messages.</param>
    /// <param name="architecture">Its architecture.</param>
    /// <param name="head">The name of its head, if it was wrapped.</param>
    /// <param name="preprocess">How images are prepared for it.</param>
    /// <param name="module">Makes the module of a wrapped one.</param>
    /// <exception cref="ArgumentException">There is a module and none is needed, or the other way round.</exception>
    /// <exception cref="InvalidDataException">The file does not name the head.</exception>
    public static ModelVariant SavedVariant(
        string path, string architecture, string? head, ImagePreprocess preprocess, Func<nn.Module<Tensor, Tensor>>? module)
    {
        if (!architecture.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return module is null
                ? ModelCatalog.Get(architecture)
                : throw new ArgumentException(
                    $"'{path}' is a {architecture} of the catalogue and needs no module: leave it out.", nameof(module));
        }

        string name = architecture[Prefix.Length..];
        return head is null
                ? throw new InvalidDataException($"'{path}' does not name the head of its {name}. Save the model again.")
            : module is not null
                ? Variant(module, name, head, preprocess)
                : throw new ArgumentException(
                    $"'{path}' is a model of the module {name}, which only the program that has its class can make: call "
                        + $"ImageModel.Load(path, module: () => new {name}(…)).",
                    nameof(module));
    }

    // The layer whose place the head has taken is none of the network's any more, though it lies in one of its modules.

    /// <inheritdoc/>
    public override IEnumerable<(string name, nn.Module module)> named_modules()
        => base.named_modules().Where(entry => !ReferenceEquals(entry.module, _layer));

    /// <inheritdoc/>
    public override IEnumerable<nn.Module> modules() => base.modules().Where(module => !ReferenceEquals(module, _layer));

    /// <inheritdoc/>
    public override void register_module(string name, nn.Module submodule)
    {
        if (name.Contains('.', StringComparison.Ordinal))
        {
            // A head that lay deep in the module: TorchSharp refuses a dot, but only here.
            _internal_submodules.Add(name, submodule);
        }
        else
        {
            base.register_module(name, submodule);
        }
    }

    /// <inheritdoc/>
    public override void train(bool on = true)
    {
        _module.train(on);
        base.train(on);
    }

    /// <inheritdoc/>
    protected override Tensor Pool(Tensor last) => last.alias();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _layer.weight.Dispose();
            _module.Dispose();
        }
    }

    private Tensor Features(Tensor images)
    {
        if (_layer.weight.device.type != images.device.type || _layer.weight.device.index != images.device.index)
        {
            if (_hasOwnTensors)
            {
                throw new NotSupportedException(
                    $"{_module.GetName()} has parameters or buffers of its own, outside of its layers, which cannot be moved to "
                        + $"{images.device}: put them into a module of theirs.");
            }

            Neutralize(_layer, images.device);
        }

        return _module.call(images);
    }

    private static (string Name, TorchSharp.Modules.Linear Layer) Find(nn.Module<Tensor, Tensor> module, string head)
    {
        (string name, nn.Module module)[] all = [.. module.named_modules()];
        NetworkStage inside = new(head);
        if (all.FirstOrDefault(part => part.name == head).module is not { } found)
        {
            string names = string.Join(", ", all.Select(part => part.name).Where(part => part.Length > 0));
            throw new ArgumentException(
                $"{module.GetName()} has no module '{head}'; it has {names}. Modules are known by the names under which "
                    + "RegisterComponents() finds them.",
                nameof(head));
        }

        (string last, nn.Module? layer) = all.LastOrDefault(
            part => inside.Holds(part.name) && part.module is TorchSharp.Modules.Linear);
        return layer is TorchSharp.Modules.Linear linear
            ? (last, linear)
            : throw new ArgumentException(
                $"'{head}' of {module.GetName()} is a {found.GetName()} without an nn.Linear: the head is the fully connected layer that "
                    + "gives the outputs.",
                nameof(head));
    }

    // The layer's weights in a layer of this library; the module gives what entered it from now on.
    private static Linear Taken(nn.Module<Tensor, Tensor> module, TorchSharp.Modules.Linear layer, string name, ImagePreprocess preprocess)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        Linear ours = new(layer.in_features, layer.out_features, layer.bias is not null);
        ours.Weight.copy_(layer.weight);
        ours.Bias?.copy_(layer.bias!);
        module.eval();
        Tensor images = linspace(-1, 1, 2 * 3 * preprocess.Crop * preprocess.Crop).reshape(2, 3, preprocess.Crop, preprocess.Crop).sin();
        Tensor before = module.call(images), entered, after;
        Neutralize(layer, CPU);
        try
        {
            entered = module.call(images);
            after = entered.dim() == 2 && entered.size(1) == layer.in_features ? ours.call(entered) : entered;
            if (!after.shape.SequenceEqual(before.shape) || !after.allclose(before, Tolerance, Tolerance))
            {
                throw new ArgumentException(
                    $"'{name}' of {module.GetName()} does not give the outputs: it takes [N, {layer.in_features}], and the module gives "
                        + $"[{string.Join(", ", before.shape)}] of [{string.Join(", ", images.shape)}], which are not those of the layer. "
                        + "Name the layer that comes last, and let the module give logits: a softmax belongs to the loss.",
                    nameof(module));
            }

            return ours;
        }
        catch
        {
            layer.weight = new TorchSharp.Modules.Parameter(ours.Weight.detach().clone());
            layer.bias = ours.Bias is null ? null : new TorchSharp.Modules.Parameter(ours.Bias.detach().clone());
            throw;
        }
        finally
        {
            ours.Weight.DetachFromDisposeScope();
            ours.Bias?.DetachFromDisposeScope();
        }
    }

    private static void Neutralize(TorchSharp.Modules.Linear layer, torch.Device device)
    {
        using IDisposable scope = NewDisposeScope();
        layer.weight = new TorchSharp.Modules.Parameter(eye(layer.in_features, device: device), requires_grad: false);
        layer.bias = null; // which takes it off the list, too
        ((OrderedDict<string, TorchSharp.Modules.Parameter>)Listed.GetValue(layer)!).Remove("weight");
    }

    // One for each child of the module. The one that the head lies in has the other parts of it.
    private static List<NetworkStage> StagesOf(nn.Module module, string head)
    {
        List<NetworkStage> stages = [];
        foreach ((string name, nn.Module child) in module.named_children())
        {
            string[] parts = [.. Beside(name, child)];
            if (parts.Length > 0 && child.parameters().Any())
            {
                stages.Add(new NetworkStage(name, parts));
            }
        }

        string[] own = [.. module.named_parameters(recurse: false).Select(entry => entry.name)];
        return stages.Count == 0
            ? throw new ArgumentException($"{module.GetName()} has nothing to train before '{head}'.", nameof(module))
            : own.Length == 0 ? stages
            : [stages[0] with { Prefixes = [.. own, .. stages[0].Prefixes] }, .. stages.Skip(1)];

        IEnumerable<string> Beside(string path, nn.Module part)
            => path == head ? []
                : head.StartsWith(path + ".", StringComparison.Ordinal)
                    ? part.named_children().SelectMany(child => Beside($"{path}.{child.name}", child.module))
                    : [path];
    }
}
