namespace TransferLearning;

/// <summary>A loss of outputs of which exactly one class is true: targets are class numbers, [N] int64, or class probabilities, [N,
/// classes] in the outputs' type, as mixing examples makes them.</summary>
public abstract record ClassLoss : ElementwiseLoss
{
    /// <param name="classWeights">How much each class counts; null for all alike.</param>
    private protected ClassLoss(IEnumerable<double>? classWeights) => ClassWeights = Weights(classWeights, nameof(classWeights));

    /// <summary>How much each class counts, or null for all alike.</summary>
    public IReadOnlyList<double>? ClassWeights { get; }

    /// <inheritdoc/>
    internal override LossTargets? Targets => LossTargets.Classes;

    /// <inheritdoc/>
    internal override int? OutputCount => ClassWeights?.Count;

    /// <summary>Refuses what does not fit.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit, a label is no class of the network, or there are not as many weights as
    /// classes.</exception>
    private protected void Check(Tensor outputs, Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(targets);
        if (outputs.dim() != 2 || outputs.shape[0] == 0)
        {
            throw new ArgumentException(
                $"The outputs must be [N, classes] with N of at least 1, but are {Shape(outputs)}.", nameof(outputs));
        }

        if (ClassWeights is not null && ClassWeights.Count != outputs.shape[1])
        {
            throw new ArgumentException(
                $"The loss has {ClassWeights.Count} class weights, but the network has {outputs.shape[1]} classes. "
                    + "Give one weight per class.",
                nameof(outputs));
        }

        if (targets.is_floating_point())
        {
            RequireSameForm(outputs, targets, "Class probabilities");
        }
        else
        {
            CheckNumbers(outputs, targets);
        }
    }

    // LibTorch reports a class number out of range without the number, and on CUDA it ends the whole context.
    private static void CheckNumbers(Tensor outputs, Tensor targets)
    {
        if (targets.dtype != int64 || targets.dim() != 1 || targets.shape[0] != outputs.shape[0])
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

        using Tensor flat = targets.contiguous();
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
}
