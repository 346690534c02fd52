namespace TransferLearning;

/// <summary>
/// The positions of Whisper's encoder, [positions, width]: all sines before all cosines, with rates from 1 to 1/10,000. They are computed,
/// in float32 as where they were published, and are part of the checkpoint.
/// </summary>
internal sealed class SinusoidTable : nn.Module<Tensor, Tensor>
{
    private const double LongestPeriod = 10_000;

    [ComponentName(Name = "weight")]
    private readonly Tensor _weight;

    public SinusoidTable(long positions, long width)
        : base(nameof(SinusoidTable))
    {
        using DisposeScope scope = NewDisposeScope();
        double step = Math.Log(LongestPeriod) / ((width / 2) - 1);
        Tensor rates = Scalars.Range(0, width / 2, ScalarType.Float32).Multiply(-step).to(ScalarType.Float64).exp().to(ScalarType.Float32);
        Tensor angles = Scalars.Range(0, positions, ScalarType.Float32).unsqueeze(1).mul(rates);
        _weight = cat([angles.sin(), angles.cos()], 1).DetachFromDisposeScope();
        RegisterComponents();
    }

    /// <summary>The table; this object owns it.</summary>
    public Tensor Weight => _weight;

    /// <summary>Adds the positions to as many frames, [N, L, D].</summary>
    public override Tensor forward(Tensor input) => input.Add(_weight);
}
