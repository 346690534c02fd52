namespace TransferLearning;

/// <summary>A small random generator whose draws depend only on what it was made from, for example (seed, epoch, sample index), and never
/// on threads, time or what was drawn elsewhere.</summary>
/// <remarks>
/// SplitMix64 (Steele, Lea and Flood, 2014) over a state that is the mixed key. It is a mutable struct: pass it by reference. Not for
/// secrets.
/// </remarks>
public struct SeededRandom
{
    private const ulong Step = 0x9E3779B97F4A7C15;
    private ulong _state;

    /// <summary>Makes the generator of one key.</summary>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="stream">What the draws are for: the epoch, for example.</param>
    /// <param name="index">Which one of the stream: the number of the sample, for example.</param>
    public SeededRandom(long seed, long stream = 0, long index = 0)
        => _state = Mix(Mix(Mix(unchecked((ulong)seed)) + unchecked((ulong)stream)) + unchecked((ulong)index));

    /// <summary>64 uniform bits.</summary>
    public ulong NextUInt64()
    {
        ulong current = _state;
        _state = unchecked(_state + Step);
        return Mix(current);
    }

    /// <summary>A uniform number in [0, 1), with 53 random bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A uniform number in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public double NextDouble(double low, double high) => low + ((high - low) * NextDouble());

    /// <summary>A uniform whole number in [0, <paramref name="count"/>), without bias.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public int NextInt32(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);

        // Lemire's multiply-and-reject: the few products that would favour small numbers are drawn again.
        uint bound = (uint)count;
        uint threshold = unchecked(0u - bound) % bound;
        ulong product;
        do
        {
            product = (NextUInt64() >> 32) * bound;
        }
        while ((uint)product < threshold);
        return (int)(product >> 32);
    }

    /// <summary>True with probability <paramref name="probability"/>.</summary>
    public bool NextBoolean(double probability) => NextDouble() < probability;

    /// <summary>A number of the standard normal distribution (Box and Muller, 1958).</summary>
    public double NextGaussian() => Math.Sqrt(-2.0 * Math.Log(1.0 - NextDouble())) * Math.Cos(2.0 * Math.PI * NextDouble());

    /// <summary>A number in [0, 1] of the symmetric beta distribution with both parameters <paramref name="alpha"/>.</summary>
    internal double NextBeta(double alpha) => NextDirichlet(alpha, 2)[0];

    /// <summary>Numbers of the symmetric Dirichlet distribution: at least 0, with the sum 1.</summary>
    internal double[] NextDirichlet(double alpha, int count)
    {
        // By logarithms: for small alpha all gamma numbers would be 0.
        double[] shares = new double[count];
        for (int i = 0; i < count; i++)
        {
            shares[i] = NextLogGamma(alpha);
        }

        double largest = shares.Max();
        shares = Array.ConvertAll(shares, share => Math.Exp(share - largest));
        double sum = shares.Sum();
        return Array.ConvertAll(shares, share => share / sum);
    }

    /// <summary>The logarithm of a number of the gamma distribution (Marsaglia and Tsang, 2000).</summary>
    private double NextLogGamma(double shape)
    {
        double small = shape < 1 ? Math.Log(1.0 - NextDouble()) / shape : 0;
        double d = (shape < 1 ? shape + 1 : shape) - (1.0 / 3), c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = NextGaussian(), root = 1 + (c * x), v = root * root * root;
            if (root > 0 && Math.Log(1.0 - NextDouble()) < (0.5 * x * x) + (d * (1 - v + Math.Log(v))))
            {
                return small + Math.Log(d * v);
            }
        }
    }

    /// <summary>Puts the items into a uniformly random order (Fisher and Yates), in place.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt32(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong Mix(ulong x)
    {
        unchecked
        {
            ulong z = x + Step;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
