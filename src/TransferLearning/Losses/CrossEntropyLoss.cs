namespace TransferLearning;

/// <summary>The mean cross entropy of the softmax of the outputs: PyTorch's <c>nn.CrossEntropyLoss</c>.</summary>
/// <remarks>With class weights the mean is weighted too: the sum of weight times loss over the sum of weights. Besides class numbers it
/// takes class probabilities, [N, classes] floating point, as mixing examples makes them.</remarks>
public sealed record CrossEntropyLoss : LossFunction
{
    /// <summary>Makes the choice.</summary>
    /// <param name="labelSmoothing">What share of the truth is spread evenly over all classes, from 0 to 1.</param>
    /// <param name="classWeights">How much each class counts, one number of at least 0 per class; null for all alike.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public CrossEntropyLoss(double labelSmoothing = 0, IEnumerable<double>? classWeights = null)
    {
        LabelSmoothing = ValidNumber.Fraction(labelSmoothing, nameof(labelSmoothing));
        ClassWeights = classWeights?.Select(weight => ValidNumber.NotNegative(weight, nameof(classWeights))).ToArray();
    }

    /// <summary>What share of the truth is spread evenly over all classes.</summary>
    public double LabelSmoothing { get; }

    /// <summary>How much each class counts, or null for all alike.</summary>
    public IReadOnlyList<double>? ClassWeights { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The shapes do not fit, a label is no class of the network, or there are not as many weights as
    /// classes.</exception>
    public override torch.Tensor Compute(torch.Tensor outputs, torch.Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(targets);
        CheckLogits(outputs);
        if (targets.is_floating_point())
        {
            CheckProbabilities(outputs, targets);
        }
        else
        {
            CheckNumbers(outputs, targets);
        }

        using torch.Tensor? weights = ClassWeights is null ? null : torch.tensor([.. ClassWeights], outputs.dtype, outputs.device);
        return torch.nn.functional.cross_entropy(outputs, targets, weights, label_smoothing: LabelSmoothing);
    }

    /// <inheritdoc/>
    public override double Share(torch.Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        return ClassWeights is null || targets.is_floating_point()
            ? base.Share(targets)
            : targets.data<long>().Sum(label => ClassWeights[(int)label]);
    }

    private static string Shape(torch.Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";

    private static void CheckProbabilities(torch.Tensor outputs, torch.Tensor targets)
    {
        if (!targets.shape.AsSpan().SequenceEqual(outputs.shape) || targets.dtype != outputs.dtype)
        {
            throw new ArgumentException(
                $"Class probabilities must have the shape and type of the outputs, {outputs.dtype} {Shape(outputs)}, " +
                $"but are {targets.dtype} {Shape(targets)}.",
                nameof(targets));
        }
    }

    // LibTorch reports a class number out of range without the number, and on CUDA it ends the whole context.
    private static void CheckNumbers(torch.Tensor outputs, torch.Tensor targets)
    {
        if (targets.dtype != torch.int64 || targets.dim() != 1 || targets.shape[0] != outputs.shape[0])
        {
            throw new ArgumentException(
                $"The outputs are {Shape(outputs)}, so the labels must be int64 [{outputs.shape[0]}], " +
                $"but they are {targets.dtype} {Shape(targets)}.",
                nameof(targets));
        }

        if (targets.device_type != TorchSharp.DeviceType.CPU)
        {
            return; // they were checked where a batch was made of them; copying them back would make every step wait
        }

        using torch.Tensor flat = targets.contiguous();
        long[] numbers = flat.data<long>().ToArray();
        int wrong = Array.FindIndex(numbers, number => number < 0 || number >= outputs.shape[1]);
        if (wrong >= 0)
        {
            throw new ArgumentException(
                $"Label {numbers[wrong]} of example {wrong} of the batch is no class of a network with {outputs.shape[1]} classes " +
                $"(0 to {outputs.shape[1] - 1}). Replace the head by one with enough classes, or check the labels of the data set.",
                nameof(targets));
        }
    }

    private void CheckLogits(torch.Tensor outputs)
    {
        if (outputs.dim() != 2 || outputs.shape[0] == 0)
        {
            throw new ArgumentException(
                $"The outputs must be [N, classes] with N of at least 1, but are {Shape(outputs)}.", nameof(outputs));
        }

        if (ClassWeights is not null && ClassWeights.Count != outputs.shape[1])
        {
            throw new ArgumentException(
                $"The loss has {ClassWeights.Count} class weights, but the network has {outputs.shape[1]} classes. " +
                "Give one weight per class.",
                nameof(outputs));
        }
    }
}
