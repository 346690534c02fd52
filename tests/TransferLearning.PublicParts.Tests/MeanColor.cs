using TorchSharp;
using static TorchSharp.torch;

namespace PublicParts.Tests;

/// <summary>A task of one's own: the mean of each channel of an image, three numbers at once.</summary>
internal sealed record MeanColor : LearningTask
{
    public override string Name => "mean color";

    public override HeadSpec Head => new(HeadKind.Pooled, 3);

    public override void Check(Dataset dataset)
    {
        if (dataset.Count > 0 && dataset.TargetOf(0) is not ColorTarget)
        {
            throw new ArgumentException(
                $"{Name} learns from {nameof(ColorTarget)}, and the data set has {dataset.TargetOf(0).GetType().Name}.", nameof(dataset));
        }
    }

    public override Tensor CollateTargets(IReadOnlyList<Example> examples, ModelInput input)
        => tensor([.. examples.SelectMany(example => ((ColorTarget)example.Target).Values)], [examples.Count, 3]);

    public override StepLoss Compute(ForwardPass pass, Batch batch)
    {
        Tensor truth = pass.There(batch.Targets);
        (Tensor outputs, _) = pass.Run(batch.Input);
        return new StepLoss(Loss?.Compute(outputs, truth) ?? nn.functional.mse_loss(outputs, truth), batch.Count, null, outputs);
    }

    public override TaskMetric CreateMetric(Dataset dataset) => new Metric();

    /// <summary>The report of the task.</summary>
    /// <param name="LargestError">The largest absolute error.</param>
    public sealed record Report(double LargestError) : TaskReport
    {
        public override Score? Score => new("largest error", LargestError, IsHigherBetter: false);
    }

    private sealed class Metric : TaskMetric
    {
        private double _largest;

        public override void Add(Batch batch, Tensor outputs)
        {
            using Tensor difference = outputs.sub(batch.Targets);
            using Tensor errors = difference.abs();
            using Tensor largest = errors.max();
            _largest = Math.Max(_largest, largest.item<float>());
        }

        public override TaskReport ToReport(double meanLoss, double? correctShare) => new Report(_largest);
    }
}
