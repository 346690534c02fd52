namespace TransferLearning.Tests;

/// <summary>Counts what goes through another transform, may claim that it draws, and fails where the test wants.</summary>
internal sealed class CountingTransform(ISampleTransform inner, bool? isDeterministic = null, Action<Sample>? before = null) : ISampleTransform
{
    private int _calls;

    public int Calls => Volatile.Read(ref _calls);

    public IReadOnlyList<long> Shape => inner.Shape;

    public bool IsDeterministic => isDeterministic ?? inner.IsDeterministic;

    public string Fingerprint => inner.Fingerprint;

    public void Apply(Sample sample, ref SeededRandom random, Span<float> destination)
    {
        before?.Invoke(sample);
        Interlocked.Increment(ref _calls);
        inner.Apply(sample, ref random, destination);
    }
}
