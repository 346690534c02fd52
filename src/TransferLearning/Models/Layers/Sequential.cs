namespace TransferLearning.Layers;

/// <summary>Modules that run one after the other, under names of their own or their numbers: PyTorch's <c>Sequential</c>, with the
/// difference that a member can be replaced, which head surgery needs.</summary>
public sealed class Sequential : nn.Module<Tensor, Tensor>
{
    private readonly List<(string Name, nn.Module<Tensor, Tensor> Module)> _links;

    /// <summary>Makes one whose members are named 0, 1, 2, …</summary>
    /// <param name="modules">The members in the order in which they run; this owns them from now on.</param>
    public Sequential(params IEnumerable<nn.Module<Tensor, Tensor>> modules) : this(Numbered(modules)) { }

    /// <summary>Makes one whose members have names.</summary>
    /// <param name="links">Names and members in the order in which they run; this owns them from now on.</param>
    public Sequential(params IEnumerable<(string Name, nn.Module<Tensor, Tensor> Module)> links) : base(nameof(Sequential))
    {
        _links = [.. links];
        RegisterLinks();
    }

    /// <summary>The members in the order in which they run.</summary>
    public IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> Links => _links;

    /// <summary>Puts another module in the place of one member, which the caller then owns.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="replacement">What takes its place; this owns it from now on.</param>
    /// <exception cref="ArgumentException">There is no member of that name.</exception>
    public void Replace(string name, nn.Module<Tensor, Tensor> replacement)
    {
        int index = _links.FindIndex(link => link.Name == name);
        if (index < 0)
        {
            throw new ArgumentException(
                $"There is no member '{name}'; there are {string.Join(", ", _links.Select(link => link.Name))}.", nameof(name));
        }

        _links[index] = (name, replacement);
        ClearModules();
        RegisterLinks();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => Run(_links, input);

    /// <summary>Runs modules one after the other and disposes what lies between; the result is a tensor of the caller's own.</summary>
    internal static Tensor Run(IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> links, Tensor input, bool cutsBlocks = true)
        => Run(links, 0, links.Count, input, cutsBlocks);

    /// <summary>The same with the modules from one to before another.</summary>
    internal static Tensor Run(
        IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> links, int first, int end, Tensor input, bool cutsBlocks = true)
    {
        Tensor current = input;
        int i = first;
        while (i < end)
        {
            Tensor next = FusedConvolutions.Active is not null && links[i].Module is Conv2d convolution
                ? RunFused(convolution, links, current, ref i, end)
                : RunMember(links[i++].Module, current, cutsBlocks);
            if (!ReferenceEquals(current, input) && !ReferenceEquals(current, next))
            {
                current.Dispose();
            }

            current = next;
        }

        return ReferenceEquals(current, input) ? input.alias() : current;
    }

    // A convolution, and of a batch normalisation and a function what follows it.
    private static Tensor RunFused(
        Conv2d convolution, IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> links, Tensor input, ref int i, int end)
    {
        i++;
        BatchNorm2d? norm = i < end ? links[i].Module as BatchNorm2d : null;
        i += norm is null ? 0 : 1;
        PointwiseFunction? function = i < end ? (links[i].Module as Activation)?.Pointwise : null;
        i += function is null ? 0 : 1;
        return ConvNorm.Run(convolution, norm, input, function);
    }

    private static Tensor RunMember(nn.Module<Tensor, Tensor> module, Tensor input, bool cutsBlocks)
        => cutsBlocks && TrainingPass.CutsModules && IsBlock(module) ? TrainingPass.Run(module, input) : module.call(input);

    // What is worth computing again: a module made of others, but of a chain of those its members.
    private static bool IsBlock(nn.Module<Tensor, Tensor> module)
        => module is Sequential chain
            ? !chain._links.Exists(link => IsBlock(link.Module)) && chain._links.Count > 1
            : module.named_children().Any();

    private static List<(string Name, nn.Module<Tensor, Tensor> Module)> Numbered(IEnumerable<nn.Module<Tensor, Tensor>> modules)
    {
        List<(string Name, nn.Module<Tensor, Tensor> Module)> links = [];
        foreach (nn.Module<Tensor, Tensor> module in modules)
        {
            links.Add(($"{links.Count}", module));
        }

        return links;
    }

    private void RegisterLinks()
    {
        foreach ((string name, nn.Module<Tensor, Tensor> module) in _links)
        {
            register_module(name, module);
        }
    }
}
