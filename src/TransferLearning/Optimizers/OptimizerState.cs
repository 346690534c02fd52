namespace TransferLearning;

/// <summary>
/// A running optimiser: it updates the parameters of some groups in place from their gradients, and what it remembers can be saved and
/// loaded so that a resumed run equals an uninterrupted one bit for bit. It owns its memory, not the parameters.
/// </summary>
internal abstract class OptimizerState : IDisposable
{
    private readonly string[] _bufferNames;
    private readonly OptimizerSlot[] _slots;

    /// <summary>Creates the state of an optimizer.</summary>
    /// <param name="options">The optimizer: gives the rate and the weight decay of groups without one.</param>
    /// <param name="momentum">The start of <see cref="Momentum"/>.</param>
    /// <param name="groups">What is trained; parameter names must differ.</param>
    /// <param name="bufferNames">The names of the tensors that the optimizer remembers per parameter.</param>
    protected OptimizerState(Optimizer options, double momentum, IReadOnlyList<ParameterGroup> groups, params string[] bufferNames)
    {
        _bufferNames = bufferNames;
        LearningRate = options.LearningRate;
        Momentum = momentum;
        _slots = [.. groups.SelectMany(part => part.Parameters.Select(entry => new OptimizerSlot(
            entry.Name,
            entry.Parameter,
            ValidNumber.NotNegative(part.RateFactor, nameof(part.RateFactor)),
            ValidNumber.NotNegative(part.WeightDecay ?? options.WeightDecay, nameof(part.WeightDecay)),
            bufferNames.Length)))];
        if (_slots.Length == 0)
        {
            throw new ArgumentException(
                "There is no parameter to train: every one is frozen. Unfreeze a stage or replace the head.", nameof(groups));
        }

        if (_slots.CountBy(slot => slot.Name).FirstOrDefault(pair => pair.Value > 1).Key is { } twice)
        {
            throw new ArgumentException(
                $"The parameter '{twice}' is in the groups more than once; it would be updated twice.", nameof(groups));
        }
    }

    /// <summary>The learning rate of the next step, before the factors of the groups.</summary>
    public double LearningRate { get; set; }

    /// <summary>The momentum of the next step (Adam's beta1); schedules that move it set it.</summary>
    public double Momentum { get; set; }

    /// <summary>Whether parameters are updated in one pass over memory where that can be done. Default: true.</summary>
    public bool InOnePass { get; set; } = true;

    /// <summary>What is trained, each with what is remembered of it.</summary>
    public IReadOnlyList<OptimizerSlot> Slots => _slots;

    /// <summary>How many updates each parameter has had, in order; parameters without any are left out.</summary>
    public IReadOnlyList<(string Name, long Count)> StepCounts
        => [.. from slot in _slots where slot.Steps > 0 select (slot.Name, slot.Steps)];

    /// <summary>The parameters and what is remembered of each, for processes that average them.</summary>
    public IEnumerable<ExchangedTensor> Averaged
        => _slots.SelectMany(slot => Enumerable.Range(0, _bufferNames.Length)
            .Select(index => new ExchangedTensor(
                slot.Parameter, () => slot.Buffers[index], mean => slot.Buffer(index).copy_(mean)))
            .Prepend(new ExchangedTensor(slot.Parameter, () => slot.Parameter, mean => slot.Parameter.copy_(mean))));

    /// <summary>The counts of updates in all processes: the most of each parameter counts.</summary>
    public void TakeSteps(IReadOnlyList<long[]> processes)
    {
        for (int i = 0; i < _slots.Length; i++)
        {
            _slots[i].Steps = processes.Max(steps => steps[i]);
        }
    }

    /// <summary>How many updates each parameter has had.</summary>
    public long[] Steps => [.. _slots.Select(slot => slot.Steps)];

    /// <summary>Updates every parameter that has a gradient. Leaves no tensor behind but the remembered ones.</summary>
    public void Step()
    {
        using IDisposable noGradient = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        using MemoryPass pass = new();
        foreach (OptimizerSlot slot in _slots)
        {
            if (slot.Parameter.grad is { } gradient)
            {
                slot.Steps++;
                double rate = LearningRate * slot.RateFactor;
                if (!InOnePass || !pass.TryAdd(slot, gradient, () => OfStretch(slot, rate)))
                {
                    using (gradient)
                    {
                        Update(slot, gradient, rate);
                    }
                }
            }
        }

        pass.Run();
    }

    /// <summary>Forgets the gradients, so that the next backward pass writes new ones instead of adding to them.</summary>
    public void ZeroGrad()
    {
        foreach (OptimizerSlot slot in _slots)
        {
            slot.Parameter.grad = null;
        }
    }

    /// <summary>What is remembered, in order, as "parameter.buffer". The tensors stay owned by this state.</summary>
    public IReadOnlyList<(string Name, torch.Tensor Value)> NamedState()
        =>
        [
            .. from slot in _slots
               from index in Enumerable.Range(0, _bufferNames.Length)
               where slot.Buffers[index] is not null
               select (BufferName(slot, index), slot.Buffers[index]!),
        ];

    /// <summary>Replaces what is remembered by copies of what <see cref="NamedState"/> and <see cref="StepCounts"/> gave.</summary>
    /// <exception cref="ArgumentException">A name belongs to no parameter, a shape or type differs, or a tensor is missing; then nothing
    /// has changed.</exception>
    public void LoadState(IReadOnlyDictionary<string, torch.Tensor> tensors, IReadOnlyDictionary<string, long> stepCounts)
    {
        CheckNames(tensors.Keys, _slots.SelectMany(slot => _bufferNames.Select((_, index) => BufferName(slot, index))));
        CheckNames(stepCounts.Keys, _slots.Select(slot => slot.Name));
        foreach (OptimizerSlot slot in _slots)
        {
            CheckSlot(slot, tensors, stepCounts.GetValueOrDefault(slot.Name));
        }

        using IDisposable noGradient = torch.no_grad();
        foreach (OptimizerSlot slot in _slots)
        {
            slot.Steps = stepCounts.GetValueOrDefault(slot.Name);
            for (int i = 0; i < _bufferNames.Length; i++)
            {
                if (tensors.TryGetValue(BufferName(slot, i), out torch.Tensor? saved))
                {
                    slot.Buffer(i).copy_(saved);
                }
                else
                {
                    slot.Buffers[i]?.Dispose();
                    slot.Buffers[i] = null;
                }
            }
        }
    }

    /// <summary>Frees what is remembered.</summary>
    public void Dispose()
    {
        foreach (OptimizerSlot slot in _slots)
        {
            Array.ForEach(slot.Buffers, buffer => buffer?.Dispose());
            Array.Clear(slot.Buffers);
        }
    }

    /// <summary>Updates one parameter in place; <see cref="OptimizerSlot.Steps"/> already counts this update.</summary>
    protected abstract void Update(OptimizerSlot slot, torch.Tensor gradient, double learningRate);

    /// <summary>The same update for memory, null where the optimizer has none. What the slot remembers is there afterwards.</summary>
    protected virtual StretchUpdate? OfStretch(OptimizerSlot slot, double learningRate) => null;

    /// <summary>Whether a parameter that has been updated must have the buffer of that number.</summary>
    protected abstract bool Needs(int buffer);

    /// <summary>The gradient plus weight decay times the parameter: a new tensor, or null when there is no decay to add.</summary>
    protected static torch.Tensor? WithDecay(OptimizerSlot slot, torch.Tensor gradient)
    {
        if (slot.WeightDecay == 0)
        {
            return null;
        }

        using Scalar decay = slot.WeightDecay.ToScalar();
        return gradient.add(slot.Parameter, decay);
    }

    private static void CheckNames(IEnumerable<string> names, IEnumerable<string> known)
    {
        if (names.Except(known).FirstOrDefault() is { } stranger)
        {
            throw new ArgumentException(
                $"The saved optimiser state has '{stranger}', which this run does not train. " +
                "Resume with the same optimiser, model and frozen stages.");
        }
    }

    private string BufferName(OptimizerSlot slot, int index) => $"{slot.Name}.{_bufferNames[index]}";

    private void CheckSlot(OptimizerSlot slot, IReadOnlyDictionary<string, torch.Tensor> tensors, long steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        for (int i = 0; i < _bufferNames.Length; i++)
        {
            string name = BufferName(slot, i);
            if (!tensors.TryGetValue(name, out torch.Tensor? saved))
            {
                if (steps > 0 && Needs(i))
                {
                    throw new ArgumentException(
                        $"The saved optimiser state lacks '{name}'. Resume with the same optimiser as the saved run.");
                }
            }
            else if (!saved.shape.AsSpan().SequenceEqual(slot.Parameter.shape) || saved.dtype != slot.Parameter.dtype)
            {
                throw new ArgumentException(
                    $"The saved optimiser state '{name}' is {saved.dtype} [{string.Join(", ", saved.shape)}], " +
                    $"but the parameter is {slot.Parameter.dtype} [{string.Join(", ", slot.Parameter.shape)}].");
            }
        }
    }
}
