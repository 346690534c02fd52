namespace TransferLearning;

/// <summary>What a backbone gave for samples, [N, …]: the input of a head alone.</summary>
internal sealed class FeatureInput(Tensor values) : TensorInput(values)
{
    private protected override TensorInput With(Tensor values) => new FeatureInput(values);
}
