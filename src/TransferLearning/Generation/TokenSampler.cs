namespace TransferLearning;

/// <summary>Chooses the next token: the most probable one, or one sampled by its probability.</summary>
internal static class TokenSampler
{
    /// <summary>The token with the greatest logit, the first of equal ones.</summary>
    public static int ArgMax(ReadOnlySpan<float> logits)
    {
        (int best, int width) = (0, Vector<float>.Count);
        for (int first = 0; first < logits.Length; first += width)
        {
            ReadOnlySpan<float> next = logits[first..Math.Min(first + width, logits.Length)];
            if (next.Length == width && !Vector.GreaterThanAny(new Vector<float>(next), new Vector<float>(logits[best])))
            {
                continue;
            }

            for (int i = 0; i < next.Length; i++)
            {
                best = next[i] > logits[best] ? first + i : best;
            }
        }

        return best;
    }

    /// <summary>The log-probability of a token.</summary>
    public static double LogProbability(ReadOnlySpan<float> logits, int token)
    {
        double largest = logits[ArgMax(logits)];
        Vector<double> shift = new(largest), sums = default;
        int rest = 0;
        for (; rest + Vector<float>.Count <= logits.Length; rest += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(logits[rest..]), out Vector<double> low, out Vector<double> high);
            sums += Vector.Exp(low - shift) + Vector.Exp(high - shift);
        }

        double sum = Vector.Sum(sums);
        foreach (float logit in logits[rest..])
        {
            sum += Math.Exp(logit - largest);
        }

        return logits[token] - largest - Math.Log(sum);
    }

    /// <summary>A token sampled by its probability among those that temperature, top-k and top-p leave, in that order.</summary>
    public static int Sample(ReadOnlySpan<float> logits, GenerationOptions options, ref SeededRandom random)
    {
        (float[] kept, int[] tokens) = Largest(logits, options.TopK ?? logits.Length);
        double[] weights = new double[kept.Length];
        double total = 0;
        for (int i = 0; i < kept.Length; i++)
        {
            total += weights[i] = Math.Exp((kept[i] - kept[0]) / options.Temperature);
        }

        int count = kept.Length;
        if (options.TopP is { } share)
        {
            double sum = 0;
            for (count = 0; count < kept.Length && (count == 0 || sum < share * total); count++)
            {
                sum += weights[count];
            }

            total = sum;
        }

        double place = random.NextDouble() * total;
        for (int i = 0; i < count; i++)
        {
            place -= weights[i];
            if (place < 0)
            {
                return tokens[i];
            }
        }

        return tokens[Math.Max(Array.FindLastIndex(weights, count - 1, weight => weight > 0), 0)]; // the last one, if rounding ate the rest
    }

    /// <summary>The largest logits, falling, and their tokens; of equal ones the first.</summary>
    private static (float[] Logits, int[] Tokens) Largest(ReadOnlySpan<float> logits, int count)
    {
        if (count < logits.Length / 8)
        {
            // Few of many: keep the smallest of those taken on top of a heap.
            PriorityQueue<int, (float, int)> taken = new(count + 1);
            for (int i = 0; i < logits.Length; i++)
            {
                if (taken.Count < count)
                {
                    taken.Enqueue(i, (logits[i], -i));
                }
                else if (logits[i] > logits[taken.Peek()])
                {
                    taken.EnqueueDequeue(i, (logits[i], -i));
                }
            }

            int[] best = new int[taken.Count];
            float[] values = new float[best.Length];
            for (int i = best.Length - 1; i >= 0; i--)
            {
                best[i] = taken.Dequeue();
                values[i] = logits[best[i]];
            }

            return (values, best);
        }

        (float Value, int Token)[] all = new (float, int)[logits.Length];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = (-logits[i], i);
        }

        Array.Sort(all);
        all = all[..Math.Min(count, all.Length)];
        return ([.. all.Select(pair => -pair.Value)], [.. all.Select(pair => pair.Token)]);
    }
}
