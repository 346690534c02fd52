namespace TransferLearning;

/// <summary>Sound as whole numbers on a logarithmic scale (mu-law companding, ITU-T G.711), as torchaudio has it.</summary>
/// <param name="Levels">How many numbers there are, at least 2; 256 is usual.</param>
public sealed record MuLawEncoding(int Levels = 256)
{
    /// <summary>How many numbers there are.</summary>
    public int Levels { get; } = Levels >= 2
        ? Levels
        : throw new ArgumentOutOfRangeException(nameof(Levels), Levels, "Mu-law needs at least 2 levels.");

    /// <summary>The numbers of samples, from 0 for -1 to <see cref="Levels"/> - 1 for 1.</summary>
    /// <param name="samples">Samples from -1 to 1.</param>
    public int[] Encode(ReadOnlySpan<float> samples)
    {
        float mu = Levels - 1;
        int[] numbers = new int[samples.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            float compressed = MathF.CopySign(float.LogP1(mu * MathF.Abs(samples[i])) / float.LogP1(mu), samples[i]);
            numbers[i] = (int)(((compressed + 1) / 2 * mu) + 0.5f);
        }

        return numbers;
    }

    /// <summary>The samples that numbers stand for.</summary>
    /// <param name="numbers">What <see cref="Encode"/> gave.</param>
    public float[] Decode(ReadOnlySpan<int> numbers)
    {
        float mu = Levels - 1;
        float[] samples = new float[numbers.Length];
        for (int i = 0; i < samples.Length; i++)
        {
            float compressed = (numbers[i] / mu * 2) - 1;
            samples[i] = MathF.CopySign(float.ExpM1(MathF.Abs(compressed) * float.LogP1(mu)) / mu, compressed);
        }

        return samples;
    }
}
