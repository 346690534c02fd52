using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>From a batch of texts to its loss, for each task.</summary>
/// <param name="network">The network.</param>
/// <param name="device">Where it lives.</param>
/// <param name="problem">What a classifier of whole texts tells.</param>
/// <param name="loss">The loss of class numbers.</param>
internal sealed class TextStep(TextNetwork network, Device device, TextProblem problem, LossFunction loss)
{
    public StepLoss Compute(IBatch batch) => Compute((TextBatch)batch, out _);

    /// <summary>The loss and the logits; all within the caller's dispose scope. A masked model's logits are those of its labelled tokens.</summary>
    public StepLoss Compute(TextBatch batch, out Tensor logits)
    {
        using TokenInput inputs = batch.Inputs.To(device);
        Tensor labels = batch.Labels.to(device.ToTorch());
        switch (network.Task)
        {
            case TextTask.SequenceClassification:
                logits = network.call(inputs).to(ScalarType.Float32);
                return OfTexts(logits, labels);
            case TextTask.TokenClassification:
                logits = network.call(inputs).to(ScalarType.Float32);
                return OfTokens(logits.flatten(0, 1), labels.flatten());
            case TextTask.QuestionAnswering:
                logits = network.call(inputs).to(ScalarType.Float32);
                return OfAnswers(logits, labels);
            case TextTask.MaskedLanguageModel:
                (Tensor rows, Tensor chosen) = Labelled(labels.flatten());
                logits = MaskedLogits(inputs, rows).to(ScalarType.Float32);
                return OfClasses(logits, chosen);
            case TextTask.CausalLanguageModel:
                logits = network.call(inputs).to(ScalarType.Float32);
                Tensor next = where(inputs.Mask.eq(1), inputs.Ids, full_like(inputs.Ids, TextExample.NoLabel)).narrow(1, 1, inputs.Length - 1);
                return OfTokens(logits.narrow(1, 0, inputs.Length - 1).flatten(0, 1), next.flatten());
            case TextTask.SequenceToSequence:
                logits = network.call(inputs).to(ScalarType.Float32);
                return OfTokens(logits.flatten(0, 1), labels.flatten());
            default:
                throw new NotSupportedException($"{network.GetName()} for {network.Task} is not trained by labels; choose a task with a head.");
        }
    }

    private StepLoss OfTexts(Tensor logits, Tensor labels)
    {
        switch (problem)
        {
            case TextProblem.MultipleLabels:
                Tensor all = logits.gt(0).eq(labels.gt(0.5)).all(1).sum();
                return new StepLoss(nn.functional.binary_cross_entropy_with_logits(logits, labels), logits.size(0), all);
            case TextProblem.Regression:
                return new StepLoss(nn.functional.mse_loss(logits, labels), logits.size(0), null);
            default:
                return OfClasses(logits, labels);
        }
    }

    private StepLoss OfTokens(Tensor logits, Tensor labels)
    {
        (Tensor rows, Tensor chosen) = Labelled(labels);
        return OfClasses(logits.index_select(0, rows), chosen);
    }

    private StepLoss OfClasses(Tensor logits, Tensor labels)
        => labels.numel() > 0
            ? new StepLoss(loss.Compute(logits, labels), labels.numel(), logits.argmax(1).eq(labels).sum())
            : new StepLoss(logits.sum(), 0, zeros(1, ScalarType.Int64).sum()); // nothing is labelled: a loss of 0 that still has a gradient

    // The mean of the two ends' losses.
    private StepLoss OfAnswers(Tensor logits, Tensor labels)
    {
        (Tensor starts, Tensor ends) = (logits.select(2, 0), logits.select(2, 1));
        (Tensor first, Tensor last) = (labels.select(1, 0), labels.select(1, 1));
        Tensor sum = loss.Compute(starts, first).add(loss.Compute(ends, last)).mul(0.5);
        Tensor right = starts.argmax(1).eq(first).logical_and(ends.argmax(1).eq(last)).sum();
        return new StepLoss(sum, logits.size(0), right);
    }

    private Tensor MaskedLogits(TokenInput inputs, Tensor rows) => network.ForwardHead(network.ForwardFeatures(inputs).flatten(0, 1).index_select(0, rows));

    private static (Tensor Rows, Tensor Labels) Labelled(Tensor labels)
    {
        Tensor rows = labels.ne(TextExample.NoLabel).nonzero().flatten();
        return (rows, labels.index_select(0, rows));
    }
}
