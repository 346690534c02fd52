namespace TransferLearning;

/// <summary>
/// How Whisper writes times (Radford et al., 2022): before and behind every piece of text, in pairs, never backwards, and whenever all of
/// them together are likelier than the likeliest word.
/// </summary>
/// <param name="First">The token of the time 0; all behind it are later times.</param>
/// <param name="End">The token that ends a text; all before it are words.</param>
/// <param name="None">The token that says that no times are written, which is not written itself.</param>
/// <param name="LatestFirst">The latest first time, in steps; null for any.</param>
internal sealed record TimestampRules(int First, int End, int? None, int? LatestFirst)
{
    /// <summary>Rules out what may not come next, in place.</summary>
    /// <param name="logits">One number for each token of the vocabulary.</param>
    /// <param name="written">The tokens that were written so far.</param>
    public void Apply(Span<float> logits, ReadOnlySpan<int> written)
    {
        if (None is { } none)
        {
            logits[none] = float.NegativeInfinity;
        }

        bool isAfterTime = written.Length > 0 && written[^1] >= First;
        if (isAfterTime)
        {
            // A second time ends a pair: a word must come. A single one begins or ends a piece.
            (written.Length < 2 || written[^2] >= First ? logits[First..] : logits[..End]).Fill(float.NegativeInfinity);
        }

        int last = written.LastIndexOfAnyInRange(First, int.MaxValue);
        if (last >= 0)
        {
            bool closes = isAfterTime && written.Length > 1 && written[^2] < First;
            logits[First..Math.Min(logits.Length, written[last] + (closes ? 0 : 1))].Fill(float.NegativeInfinity);
        }

        if (written.Length == 0)
        {
            logits[..First].Fill(float.NegativeInfinity);
            if (LatestFirst is { } latest && First + latest + 1 < logits.Length)
            {
                logits[(First + latest + 1)..].Fill(float.NegativeInfinity);
            }
        }

        if (SumOfTimes(logits) > Largest(logits[..First]))
        {
            logits[..First].Fill(float.NegativeInfinity);
        }
    }

    private static float Largest(ReadOnlySpan<float> logits) => logits[TokenSampler.ArgMax(logits)];

    private double SumOfTimes(ReadOnlySpan<float> logits)
    {
        ReadOnlySpan<float> times = logits[First..];
        float largest = times.IsEmpty ? float.NegativeInfinity : Largest(times);
        if (float.IsNegativeInfinity(largest))
        {
            return largest;
        }

        double sum = 0;
        foreach (float time in times)
        {
            sum += Math.Exp(time - largest);
        }

        return largest + Math.Log(sum);
    }
}
