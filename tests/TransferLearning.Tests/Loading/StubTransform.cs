namespace TransferLearning.Tests;

/// <summary>
/// Writes the number of the sample, then draws; and does before it whatever the test wants.
/// </summary>
internal sealed class StubTransform(Action<int>? before = null) : ISampleTransform
{
    private int _calls;

    public int Calls => Volatile.Read(ref _calls);

    public IReadOnlyList<long> Shape { get; init; } = [2, 3];

    public bool IsDeterministic => false;

    public string Fingerprint => "stub";

    public void Apply(Sample sample, ref SeededRandom random, Span<float> destination)
    {
        Interlocked.Increment(ref _calls);
        var bytes = ((RawImage)sample.Content).Rgb.Span;
        int number = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
        before?.Invoke(number);
        destination[0] = number;
        for (int i = 1; i < destination.Length; i++)
        {
            destination[i] = (float)random.NextDouble();
        }
    }
}
