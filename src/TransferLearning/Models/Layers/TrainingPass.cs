namespace TransferLearning.Layers;

/// <summary>
/// One training pass of one thread: where its layers get random values from, and which parts are computed again in the backward pass
/// instead of being remembered (Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016).
/// </summary>
/// <remarks>
/// <para>LibTorch's own generator belongs to the process, so two trainers would draw from one another's. Here the n-th draw of a pass
/// depends on the pass's seed and n alone.</para>
/// <para>A part that is computed again is cut out of the graph: what follows it hangs on a leaf, whose gradient starts the part's own
/// backward pass. An autograd function in C# would do the same inside native code, where an exception ends the process.</para>
/// </remarks>
internal sealed class TrainingPass : IDisposable
{
    [ThreadStatic]
    private static TrainingPass? _current;

    private readonly TrainingPass? _outer = _current;
    private readonly ulong _seed;
    private readonly bool _recomputes;
    private readonly List<Part> _parts = [];
    private long _draws;
    private bool _isInPart;

    /// <param name="seed">The seed of its random values.</param>
    /// <param name="recomputes">Whether parts are computed again instead of being remembered.</param>
    public TrainingPass(ulong seed, bool recomputes = false)
    {
        (_seed, _recomputes) = (seed, recomputes);
        _current = this;
    }

    /// <summary>The pass of the calling thread, if there is one.</summary>
    public static TrainingPass? Current => _current;

    /// <summary>Whether the work at hand was done before, so that nothing may be counted again.</summary>
    public static bool IsRepeating => _current is { Repeats: true };

    /// <summary>How many parts were cut out so far, for all passes of this thread's trainer to see whether the network has any.</summary>
    public int PartCount { get; private set; }

    /// <summary>The processes over whose batches batch norms normalise as over one; null where each normalises its own.</summary>
    public Ranks? SharesStatistics { get; init; }

    private bool Repeats { get; set; }

    /// <summary>The generator of the next draw; the caller disposes it. Null outside a pass: then LibTorch's own is meant.</summary>
    public static Generator? NextGenerator(torch.Device device)
    {
        if (_current is not { } pass)
        {
            return null;
        }

        SeededRandom draws = new(unchecked((long)pass._seed), pass._draws++);
        return new Generator(draws.NextUInt64() >> 1, device);
    }

    /// <summary>
    /// The next draw as a generator for numbers that C# needs: which layers or frames are left out. Outside a pass LibTorch's own generator
    /// seeds it.
    /// </summary>
    public static SeededRandom NextRandom()
    {
        if (_current is { } pass)
        {
            return new SeededRandom(unchecked((long)pass._seed), pass._draws++);
        }

        using Tensor seed = randint(0, long.MaxValue, [1], ScalarType.Int64);
        return new SeededRandom(seed.item<long>());
    }

    /// <summary>
    /// Runs a part of a network so that nothing inside it is remembered for the backward pass, if this pass is to save memory; else just
    /// runs it. The part must not change its inputs in place.
    /// </summary>
    /// <param name="owner">The module whose parameters the part uses.</param>
    /// <param name="body">The part; it must use no tensor with a gradient but parameters and its inputs.</param>
    /// <param name="inputs">What it takes; they stay the caller's.</param>
    /// <returns>The part's result, the caller's own.</returns>
    public static Tensor Run(nn.Module owner, Func<IReadOnlyList<Tensor>, Tensor> body, params IReadOnlyList<Tensor> inputs)
        => _current is { _recomputes: true, _isInPart: false, Repeats: false } pass && is_grad_enabled()
            && (inputs.Any(input => input.requires_grad) || owner.parameters().Any(parameter => parameter.requires_grad))
                ? pass.Cut(body, inputs)
                : body(inputs);

    /// <inheritdoc cref="Run(nn.Module, Func{IReadOnlyList{Tensor}, Tensor}, IReadOnlyList{Tensor})"/>
    public static Tensor Run(nn.Module<Tensor, Tensor> module, Tensor input) => Run(module, inputs => module.call(inputs[0]), input);

    /// <inheritdoc cref="Run(nn.Module, Func{IReadOnlyList{Tensor}, Tensor}, IReadOnlyList{Tensor})"
    /// path="/summary|/returns|/exception|/remarks"/>
    /// <param name="owner">The module whose parameters the part uses.</param>
    /// <param name="body">The part, of the input and the others; it must use no tensor with a gradient but parameters and these.</param>
    /// <param name="input">The first of what it takes; it stays the caller's.</param>
    /// <param name="others">What else it takes, null where that is absent; they stay the caller's.</param>
    public static Tensor Run(
        nn.Module owner, Func<Tensor, IReadOnlyList<Tensor?>, Tensor> body, Tensor input, params IReadOnlyList<Tensor?> others)
    {
        bool[] isThere = [.. others.Select(other => other is not null)];
        return Run(
            owner,
            inputs =>
            {
                int next = 1;
                return body(inputs[0], [.. isThere.Select(there => there ? inputs[next++] : null)]);
            },
            [input, .. others.OfType<Tensor>()]);
    }

    /// <summary>Whether modules made of others are worth cutting out now.</summary>
    public static bool CutsModules => _current is { _recomputes: true, _isInPart: false, Repeats: false };

    /// <summary>The gradients of everything that the loss depends on, parts included.</summary>
    public void Backward(Tensor loss)
    {
        loss.backward();
        Repeats = true;
        try
        {
            for (int i = _parts.Count - 1; i >= 0; i--)
            {
                Repeat(_parts[i]);
                _parts[i].Dispose();
                _parts.RemoveAt(i);
            }
        }
        finally
        {
            Repeats = false;
        }
    }

    public void Dispose()
    {
        _parts.ForEach(part => part.Dispose());
        _current = _outer;
    }

    /// <summary>Cuts the graph at a function whose gradient is computed by hand.</summary>
    /// <param name="input">What it takes; it stays the caller's.</param>
    /// <param name="output">What it gave; it stays the caller's.</param>
    /// <param name="backward">From the gradient of the output to that of the input; it adds to those of parameters itself.</param>
    /// <param name="kept">What that needs; the pass disposes them.</param>
    public Tensor Cut(Tensor input, Tensor output, Func<Tensor, Tensor> backward, params Tensor[] kept)
    {
        Tensor leaf = output.detach().requires_grad_(true).DetachFromDisposeScope();
        Array.ForEach(kept, tensor => tensor.DetachFromDisposeScope());
        _parts.Add(new Part(_ => output, [input.alias().DetachFromDisposeScope(), .. kept], leaf, _draws, false) { Backward = backward });
        return leaf.alias();
    }

    private Tensor Cut(Func<IReadOnlyList<Tensor>, Tensor> body, IReadOnlyList<Tensor> inputs)
    {
        long draws = _draws;
        Tensor result;
        _isInPart = true;
        try
        {
            using IDisposable nothingRemembered = no_grad();
            result = body(inputs);
        }
        finally
        {
            _isInPart = false;
        }

        using (result)
        {
            Tensor leaf = result.detach().requires_grad_(true).DetachFromDisposeScope();
            _parts.Add(new Part(body, [.. inputs.Select(input => input.alias().DetachFromDisposeScope())], leaf, draws, Autocast.IsActive));
            PartCount++;
            return leaf.alias();
        }
    }

    private void Repeat(Part part)
    {
        using DisposeScope scope = NewDisposeScope();
        if (part.Leaf.grad is not { } gradient)
        {
            return; // the loss does not depend on it
        }

        if (part.Backward is { } backward)
        {
            Tensor known;
            using (no_grad())
            {
                known = backward(gradient);
            }

            if (part.Inputs[0].requires_grad)
            {
                part.Inputs[0].backward([known], retain_graph: true);
            }

            return;
        }

        Tensor[] leaves = [.. part.Inputs.Select(input => input.detach().requires_grad_(input.requires_grad))];
        Tensor result;
        long draws = _draws;
        _draws = part.Draws;
        using (part.IsAutocast ? new Autocast(part.Leaf.device_type) : null)
        {
            result = part.Body(leaves);
        }

        _draws = draws;
        result.backward([gradient]);
        for (int i = 0; i < leaves.Length; i++)
        {
            // Several parts may share what led to an input, so that piece of the graph is kept until its tensors go.
            if (leaves[i].requires_grad && leaves[i].grad is { } inputGradient)
            {
                part.Inputs[i].backward([inputGradient], retain_graph: true);
            }
        }
    }

    private sealed record Part(
        Func<IReadOnlyList<Tensor>, Tensor> Body, Tensor[] Inputs, Tensor Leaf, long Draws, bool IsAutocast) : IDisposable
    {
        /// <summary>The gradient of the input from that of the result, where it is known; else the body is run again.</summary>
        public Func<Tensor, Tensor>? Backward { get; init; }

        public void Dispose()
        {
            Array.ForEach(Inputs, input => input.Dispose());
            Leaf.grad = null;
            Leaf.Dispose();
        }
    }
}
