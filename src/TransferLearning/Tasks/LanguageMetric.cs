namespace TransferLearning;

/// <summary>Measures the prediction of tokens, of which the loss says everything.</summary>
internal sealed class LanguageMetric : TaskMetric
{
    public override void Add(Batch batch, Tensor outputs)
    {
        // The loss and the tokens predicted correctly are summed by whoever computes them.
    }

    public override bool Share(MetricState state) => true;

    public override TaskReport ToReport(double meanLoss, double? correctShare) => new LanguageReport(Math.Exp(meanLoss), correctShare ?? 0);
}
