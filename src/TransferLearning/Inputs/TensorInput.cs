namespace TransferLearning;

/// <summary>Examples that are one tensor, a row for each: images, or what a frozen backbone gave for samples.</summary>
public abstract class TensorInput : ModelInput
{
    /// <summary>Takes a tensor over; it is disposed with this object and belongs to no dispose scope.</summary>
    /// <param name="values">[N, …].</param>
    private protected TensorInput(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Values = values.DetachFromDisposeScope();
    }

    /// <summary>[N, …]; this object owns it.</summary>
    public Tensor Values { get; }

    /// <inheritdoc/>
    public override int Count => checked((int)Values.size(0));

    /// <inheritdoc/>
    public override ModelInput To(Device device)
        => With(Values.device_type == device.ToTorch().type ? Values.alias() : Values.to(device.ToTorch()));

    /// <inheritdoc/>
    public override ModelInput Narrow(int count) => With(Values.narrow(0, 0, count));

    /// <summary>An input of the same kind that owns another tensor.</summary>
    private protected abstract TensorInput With(Tensor values);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => Values.Dispose();
}
