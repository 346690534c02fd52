namespace TransferLearning;

/// <summary>What the frozen part of a network gave for samples, [N, …]: the input of the rest.</summary>
/// <param name="values">What it gave; taken over.</param>
/// <param name="examples">The examples that went in, which sequences need for their padding; taken over. Null for others.</param>
internal sealed class FeatureInput(Tensor values, ModelInput? examples = null) : TensorInput(values)
{
    public ModelInput? Examples => examples;

    public override ModelInput To(Device device) => Examples is null ? base.To(device) : new FeatureInput(
        Values.to(device.ToTorch()).alias(), Examples.To(device));

    public override ModelInput Narrow(int count) => new FeatureInput(Values.narrow(0, 0, count), Examples?.Narrow(count));

    private protected override TensorInput With(Tensor values) => new FeatureInput(values);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Examples?.Dispose();
    }
}
