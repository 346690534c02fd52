namespace TransferLearning;

/// <summary>Measures in which forms this machine runs a network for images, and how fast: what a report about a machine says. Training and
/// evaluation choose their form by themselves.</summary>
public static class FormMeasurement
{
    private const int Passes = 3;

    /// <summary>Times a network in every form on the CPU. A form that the machine does not serve, or whose results do not agree with the
    /// plain network's, has a note in place of a time.</summary>
    /// <param name="network">The network, which is put into evaluation mode and otherwise left as it is.</param>
    /// <param name="batch">How many images a batch has.</param>
    /// <param name="side">Their width and height in pixels.</param>
    /// <param name="cancellationToken">Ends the work between two passes with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>A row for each form, the plain one first.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive.</exception>
    public static IReadOnlyList<FormTiming> Run(
        ImageNetwork network, int batch = 16, int side = 64, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(side);
        network.eval();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using torch.Generator draws = new(0);
        Tensor images = randn([batch, 3, side, side], generator: draws);
        List<FormTiming> rows = [new("plain", FormClock.Least(() => network.call(images), Passes, cancellationToken))];
        if (LibTorch.OneDnnIsOn)
        {
            Tensor last = MemoryLayout.WithChannelsLast(images);
            rows.Add(new("channels last", FormClock.Least(() => network.call(last), Passes, cancellationToken)));
        }
        else
        {
            rows.Add(new("channels last", null, "oneDNN is off"));
        }

        foreach ((string form, Precision precision) in (ReadOnlySpan<(string, Precision)>)
            [("optimized", Precision.Float32), ("bfloat16", Precision.BFloat16), ("int8", Precision.Int8)])
        {
            rows.Add(Of(network, images, form, precision, cancellationToken));
        }

        return rows;
    }

    private static FormTiming Of(
        ImageNetwork network, Tensor images, string form, Precision precision, CancellationToken cancellationToken)
    {
        if (OptimizedInference.PrecisionOn(Device.Cpu, precision) != precision)
        {
            return new(form, null, LibTorch.OneDnnIsOn ? "the CPU has no instructions for it" : "oneDNN is off");
        }

        using OptimizedInference optimized = new(network, Device.Cpu, precision, measures: false);
        using (optimized.Forward(images))
        {
            // The first pass makes the form and checks it.
        }

        return optimized.IsFast && optimized.Precision == precision
            ? new(form, FormClock.Least(() => optimized.Forward(images), Passes, cancellationToken))
            : new(form, null, "its results do not agree with the plain network's, or oneDNN is off");
    }
}
