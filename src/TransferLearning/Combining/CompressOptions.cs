namespace TransferLearning;

/// <summary>How a smaller network is trained to do what a model does.</summary>
public sealed record CompressOptions
{
    /// <summary>How its weights are changed. Default: Adam with decoupled weight decay, at PyTorch's rate of 0.001.</summary>
    public Optimizer Optimizer { get; init; } = new AdamW();

    /// <summary>Epochs, batch size, validation and more; <see cref="Distillation"/> joins its methods as the outermost. Default: null, as
    /// <c>FineTune</c> does.</summary>
    public FineTuneOptions? Training { get; init; }

    /// <summary>By what logits are divided before the softmax, above 0. Default: 4.</summary>
    public double Temperature { get; init; } = 4;

    /// <summary>The share of what the teacher's probabilities say, from 0 to 1; the rest is the labels'. Default: 0.9.</summary>
    public double Weight { get; init; } = 0.9;

    /// <summary>How published weights, or those of <see cref="Checkpoint"/>, are loaded into the smaller network; its head is new in any
    /// case, and its preprocessing the teacher's. Default: null, it begins with fresh weights.</summary>
    public PretrainedOptions? Pretrained { get; init; }

    /// <summary>A checkpoint that the smaller network begins with. Default: null; the published weights where <see cref="Pretrained"/> is
    /// set.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>What differs from the published network, where it begins with fresh weights. Default: nothing.</summary>
    public NetworkOptions Network { get; init; } = NetworkOptions.Default;

    /// <summary>What fixes the weights that it begins with. Default: 0.</summary>
    public long Seed { get; init; }
}
