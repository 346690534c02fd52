namespace TransferLearning.Layers;

/// <summary>Branches that all see the same input and whose maps are laid one after the other along the channels.</summary>
internal sealed class Branches : nn.Module<Tensor, Tensor>
{
    // Kept in a list, because a module that is a field is registered under the field's name too.
    private readonly IReadOnlyList<Branch> _branches;

    /// <summary>Makes branches; their members are registered flat, in the order in which they are given.</summary>
    public Branches(params Branch[] branches) : base(nameof(Branches))
    {
        _branches = branches;
        foreach ((string name, nn.Module<Tensor, Tensor> module) in branches.SelectMany(branch => branch.Steps.Concat(branch.Ends)))
        {
            register_module(name, module);
        }
    }

    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> maps = [];
        foreach (Branch branch in _branches)
        {
            Tensor x = Sequential.Run(branch.Steps, input);
            if (branch.Ends.Count == 0)
            {
                maps.Add(x);
            }

            maps.AddRange(branch.Ends.Select(end => end.Module.call(x)));
        }

        return cat(maps, 1).MoveToOuterDisposeScope();
    }

    /// <summary>One branch.</summary>
    /// <param name="Steps">What runs one after the other.</param>
    /// <param name="Ends">What then runs side by side on the last step's map; may be empty.</param>
    public sealed record Branch(
        IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> Steps,
        IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> Ends)
    {
        /// <summary>A branch that does not fork.</summary>
        public Branch(params (string Name, nn.Module<Tensor, Tensor> Module)[] steps) : this(steps, []) { }
    }
}
