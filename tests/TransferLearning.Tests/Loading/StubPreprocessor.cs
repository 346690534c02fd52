using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>
/// Writes the number of the sample, then draws; and does before it whatever the test wants.
/// </summary>
internal sealed class StubPreprocessor(Action<int>? before = null) : StackedPreprocessor
{
    private int _calls;

    public int Calls => Volatile.Read(ref _calls);

    public IReadOnlyList<long> Size { get; init; } = [2, 3];

    public override IReadOnlyList<long> Shape => Size;

    public override bool IsDeterministic => false;

    public override string Fingerprint => "stub";

    public override Target Apply(Sample sample, ref SeededRandom random, Span<float> destination)
    {
        Interlocked.Increment(ref _calls);
        ReadOnlySpan<byte> bytes = ((RawImage)sample.Input).Rgb.Span;
        int number = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
        before?.Invoke(number);
        destination[0] = number;
        for (int i = 1; i < destination.Length; i++)
        {
            destination[i] = (float)random.NextDouble();
        }

        return sample.Target;
    }

    public override ModelInput ToInput(torch.Tensor values) => new FeatureInput(values);
}
