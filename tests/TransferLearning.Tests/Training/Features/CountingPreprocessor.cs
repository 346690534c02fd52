using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>Counts what goes through another preprocessor, may claim that it draws, and fails where the test wants.</summary>
internal sealed class CountingPreprocessor(
    StackedPreprocessor inner, bool? isDeterministic = null, Action<Sample>? before = null) : StackedPreprocessor
{
    private int _calls;

    public int Calls => Volatile.Read(ref _calls);

    public override IReadOnlyList<long> Shape => inner.Shape;

    public override bool IsDeterministic => isDeterministic ?? inner.IsDeterministic;

    public override string Fingerprint => inner.Fingerprint;

    public override Target Apply(Sample sample, ref SeededRandom random, Span<float> destination)
    {
        before?.Invoke(sample);
        Interlocked.Increment(ref _calls);
        return inner.Apply(sample, ref random, destination);
    }

    public override ModelInput ToInput(torch.Tensor values) => inner.ToInput(values);
}
