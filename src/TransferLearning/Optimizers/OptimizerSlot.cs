namespace TransferLearning;

/// <summary>One parameter of an optimiser with what the optimiser remembers about it.</summary>
internal sealed class OptimizerSlot(string name, torch.Tensor parameter, double rateFactor, double weightDecay, int bufferCount)
{
    public string Name { get; } = name;
    public torch.Tensor Parameter { get; } = parameter;
    public double RateFactor { get; } = rateFactor;
    public double WeightDecay { get; } = weightDecay;

    /// <summary>How many updates this parameter has had; steps without a gradient do not count.</summary>
    public long Steps { get; set; }

    /// <summary>The remembered tensors, of the parameter's shape; null until first needed.</summary>
    public torch.Tensor?[] Buffers { get; } = new torch.Tensor?[bufferCount];

    /// <summary>The remembered tensor of that number; made as <paramref name="initial"/> everywhere when there is none yet.</summary>
    public torch.Tensor Buffer(int index, double initial = 0)
    {
        if (Buffers[index] is not { } buffer)
        {
            buffer = Keep(index, torch.zeros_like(Parameter));
            if (initial != 0)
            {
                buffer.Fill(initial);
            }
        }

        return buffer;
    }

    /// <summary>Takes a tensor over as the remembered one of that number.</summary>
    public torch.Tensor Keep(int index, torch.Tensor buffer)
    {
        Buffers[index]?.Dispose();
        return Buffers[index] = buffer.DetachFromDisposeScope();
    }
}
