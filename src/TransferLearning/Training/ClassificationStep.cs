using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>From a batch of inputs and class numbers to its loss, auxiliary heads included.</summary>
/// <param name="device">Where the network lives.</param>
/// <param name="forward">From a batch's inputs to logits and those of auxiliary heads.</param>
/// <param name="loss">What is made small.</param>
/// <param name="auxiliaryWeight">How much the loss of each auxiliary head counts.</param>
internal sealed class ClassificationStep(
    Device device, Func<Tensor, (Tensor Logits, IReadOnlyList<Tensor> Auxiliary)> forward, LossFunction loss, double auxiliaryWeight = 0)
{
    public StepLoss Compute(IBatch batch)
    {
        Batch examples = (Batch)batch;
        torch.Device place = device.ToTorch();
        Tensor labels = examples.Labels.to(place);
        (Tensor logits, IReadOnlyList<Tensor> auxiliary) = forward(examples.Inputs.to(place));
        Tensor sum = loss.Compute(Exact(logits), labels);
        foreach (Tensor other in auxiliary)
        {
            sum = sum.add(loss.Compute(Exact(other), labels).mul(auxiliaryWeight));
        }

        StepLoss result = new(sum, examples.Count, logits.argmax(1).eq(labels).sum());
        return loss is CrossEntropyLoss { ClassWeights: { } weights }
            ? result with { Share = examples.Labels.cpu().data<long>().Sum(label => weights[(int)label]) }
            : result;
    }

    // Mixed precision gives bfloat16; a loss needs more digits.
    private static Tensor Exact(Tensor logits) => logits.dtype == ScalarType.BFloat16 ? logits.to(ScalarType.Float32) : logits;
}
