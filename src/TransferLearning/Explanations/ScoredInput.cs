namespace TransferLearning;

/// <summary>An input as numbers, and the score that a network gives it and others of its shape.</summary>
/// <param name="network">The network, in evaluation mode.</param>
/// <param name="values">The input, [1, …]; it stays the caller's.</param>
/// <param name="logits">Runs a batch of such inputs, [B, …], and gives [B, classes].</param>
internal sealed class ScoredInput(Network network, Tensor values, Func<Tensor, Tensor> logits)
{
    /// <summary>The network.</summary>
    public Network Network => network;

    /// <summary>The input, [1, …].</summary>
    public Tensor Values => values;

    /// <summary>Which output is explained.</summary>
    public int Target { get; set; }

    /// <summary>What stands for "nothing is there" where the caller does not say it, [1, …].</summary>
    public required Tensor Nothing { get; init; }

    /// <summary>Height and width of an image; null for a text.</summary>
    public (long Height, long Width)? ImageSize { get; init; }

    /// <summary>The tokens of each word of a text; null for an image.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? Words { get; init; }

    /// <summary>All outputs for the input itself.</summary>
    public double[] Outputs()
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return ToArray(logits(values));
    }

    /// <summary>The logits of some inputs, [B, classes].</summary>
    public Tensor Logits(Tensor batch) => logits(batch);

    /// <summary>The scores of some inputs, [B].</summary>
    public Tensor Scores(Tensor batch) => logits(batch).select(1, Target);

    /// <summary>The scores of some inputs without a gradient.</summary>
    public double[] ScoreValues(Tensor batch)
    {
        using IDisposable guard = no_grad();
        return ToArray(Scores(batch));
    }

    /// <summary>The gradient of each input's own score with respect to it; rows of a batch do not interact in evaluation.</summary>
    public Tensor Gradient(Tensor batch)
    {
        Tensor leaf = batch.detach().requires_grad_(true);
        return autograd.grad([Scores(leaf).sum()], [leaf])[0];
    }

    /// <summary>
    /// What a module gives for the input, and the gradient of the score with respect to that. The network runs in two halves: nothing
    /// before the module is remembered.
    /// </summary>
    /// <exception cref="InvalidOperationException">The module did not run as a whole.</exception>
    public (Tensor Activation, Tensor Gradient) At(nn.Module layer, string name)
    {
        Tensor? leaf = null;
        IDisposable? second = null;
        try
        {
            Tensor score;
            using (no_grad())
            using (new ForwardTap { OnOutput = Cut })
            {
                try
                {
                    score = Scores(values);
                }
                finally
                {
                    second?.Dispose();
                }
            }

            if (leaf is null)
            {
                // A network may run the members of a chain one by one; what the last one gives is what the chain does.
                return layer is Sequential { Links: [.., (_, nn.Module<Tensor, Tensor> last)] }
                    ? At(last, name)
                    : throw new InvalidOperationException(
                        $"'{name}' of {network.GetName()} does not run as a module of its own; take one inside or around it.");
            }

            Tensor? gradient = score.requires_grad ? autograd.grad([score.sum()], [leaf], allow_unused: true)[0] : null;
            return (leaf.detach(), gradient ?? leaf.new_zeros(leaf.shape));
        }
        finally
        {
            leaf?.Dispose();
        }

        Tensor? Cut(nn.Module module, Tensor output)
        {
            if (!ReferenceEquals(module, layer))
            {
                return null;
            }

            // What follows may work in place, so it gets a copy of the leaf.
            second ??= set_grad_enabled(true);
            leaf?.Dispose();
            leaf = output.detach().clone().requires_grad_(true).DetachFromDisposeScope();
            return leaf.clone();
        }
    }

    /// <summary>The numbers of a tensor in float64.</summary>
    public static double[] ToArray(Tensor tensor)
    {
        using DisposeScope scope = NewDisposeScope();
        return [.. tensor.detach().to(ScalarType.Float64).cpu().contiguous().data<double>()];
    }
}
