using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>Another task that calls back before and after each batch.</summary>
internal sealed record WatchedTask(LearningTask Inner, Action<Batch>? Before, Func<StepLoss, StepLoss>? After) : LearningTask
{
    public override string Name => Inner.Name;

    public override HeadSpec Head => Inner.Head;

    public override void Check(Dataset dataset) => Inner.Check(dataset);

    public override torch.Tensor CollateTargets(IReadOnlyList<Example> examples, ModelInput input) => Inner.CollateTargets(examples, input);

    public override StepLoss Compute(ForwardPass pass, Batch batch)
    {
        Before?.Invoke(batch);
        StepLoss result = Inner.Compute(pass, batch);
        return After?.Invoke(result) ?? result;
    }

    public override TaskMetric CreateMetric(Dataset dataset) => Inner.CreateMetric(dataset);
}
