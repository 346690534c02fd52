namespace TransferLearning;

/// <summary>
/// Finds all pairs of 64-bit hashes that differ in few bits without comparing each with each: of some bands of bits at least one differs in
/// at most its share of them, so only hashes whose band is that close are compared (Norouzi et al.: Fast Search in Hamming Space with
/// Multi-Index Hashing, 2012). Exact.
/// </summary>
public static class HashNeighbours
{
    private const int Bits = 64;
    private const int FewestBands = 4; // a table has an entry for each value of a band

    /// <summary>All pairs of a set with at most so many bits of difference.</summary>
    /// <param name="hashes">The hashes.</param>
    /// <param name="distance">The most bits, 0 to 32.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>
    /// Pairs whose groups are those of all pairs: every pair of different hashes that are close enough stands for all samples that have
    /// them, by the first of each, and samples of the same hash are paired with the first of them. So a million equal images give a million
    /// pairs.
    /// </returns>
    public static IEnumerable<SimilarPair> Pairs(
        IReadOnlyList<ulong> hashes, int distance, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(hashes);
        ArgumentOutOfRangeException.ThrowIfNegative(distance);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(distance, Bits / 2);
        Dictionary<ulong, int> first = [];
        List<int> distinct = [];
        for (int sample = 0; sample < hashes.Count; sample++)
        {
            if (first.TryAdd(hashes[sample], sample))
            {
                distinct.Add(sample);
            }
            else
            {
                yield return new SimilarPair(first[hashes[sample]], sample, 0);
            }
        }

        if (distance == 0)
        {
            yield break;
        }

        ulong[] values = [.. distinct.Select(sample => hashes[sample])];
        foreach ((int a, int b) in Close(values, distance, cancellationToken))
        {
            (int one, int other) = (distinct[a], distinct[b]);
            yield return new SimilarPair(one, other, BitOperations.PopCount(hashes[one] ^ hashes[other]));
        }
    }

    // Pairs of places in a list of different hashes, the smaller first, each once.
    private static IEnumerable<(int First, int Second)> Close(ulong[] values, int distance, CancellationToken cancellationToken)
    {
        int bands = Bands(values.Length, distance), radius = distance / bands;
        int[] starts = [.. Enumerable.Range(0, bands + 1).Select(band => band * Bits / bands)];
        for (int band = 0; band < bands; band++)
        {
            int width = starts[band + 1] - starts[band], shift = starts[band];
            uint mask = (uint)((1UL << width) - 1);
            (int[] order, int[] places) = Sorted(values, shift, mask);
            ulong[] sorted = Array.ConvertAll(order, place => values[place]); // side by side, as they are compared
            uint[] flips = Flips(width, radius);
            for (int i = 0; i < sorted.Length; i++)
            {
                if (i % 4096 == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }

                ulong value = sorted[i];
                uint own = (uint)(value >> shift) & mask;
                foreach (uint flip in flips)
                {
                    int end = places[(own ^ flip) + 1];
                    for (int at = NextClose(sorted, value, places[own ^ flip], end, distance); at < end;
                        at = NextClose(sorted, value, at + 1, end, distance))
                    {
                        if (order[at] > order[i] && !WasFound(value ^ sorted[at], band))
                        {
                            yield return (order[i], order[at]);
                        }
                    }
                }
            }
        }

        bool WasFound(ulong difference, int before) => Enumerable.Range(0, before).Any(
            band => BitOperations.PopCount((difference >> starts[band]) & ((1UL << (starts[band + 1] - starts[band])) - 1)) <= radius);
    }

    // The first place from which on a hash is close enough; the end where there is none.
    private static int NextClose(ulong[] sorted, ulong value, int from, int end, int distance)
    {
        int at = from;
        while (at < end && BitOperations.PopCount(value ^ sorted[at]) > distance)
        {
            at++;
        }

        return at;
    }

    /// <summary>The number of bands for which about the fewest hashes are looked at.</summary>
    private static int Bands(int count, int distance)
    {
        return Enumerable.Range(FewestBands, Math.Max(distance + 2 - FewestBands, 1)).MinBy(Cost);

        double Cost(int bands)
        {
            int width = Bits / bands, radius = distance / bands;
            double probes = Enumerable.Range(0, radius + 1).Sum(flipped => Choose(width, flipped));
            return bands * probes * (1 + (count / Math.Pow(2, width)));
        }
    }

    private static double Choose(int from, int count)
        => Enumerable.Range(0, count).Aggregate(1.0, (product, i) => product * (from - i) / (i + 1));

    // Places by the value of a band, and where those of each value begin.
    private static (int[] Order, int[] Places) Sorted(ulong[] values, int shift, uint mask)
    {
        int[] places = new int[mask + 2L];
        foreach (ulong value in values)
        {
            places[((uint)(value >> shift) & mask) + 1]++;
        }

        for (long key = 1; key < places.Length; key++)
        {
            places[key] += places[key - 1];
        }

        int[] order = new int[values.Length], next = [.. places];
        for (int i = 0; i < values.Length; i++)
        {
            order[next[(uint)(values[i] >> shift) & mask]++] = i;
        }

        return (order, places);
    }

    // All patterns of at most so many ones in so many bits.
    private static uint[] Flips(int width, int most)
    {
        List<uint> all = [0];
        for (int from = 0, flipped = 0; flipped < most; flipped++)
        {
            int end = all.Count;
            for (int i = from; i < end; i++)
            {
                for (int bit = all[i] == 0 ? 0 : BitOperations.Log2(all[i]) + 1; bit < width; bit++)
                {
                    all.Add(all[i] | (1u << bit));
                }
            }

            from = end;
        }

        return [.. all];
    }
}
