namespace TransferLearning;

/// <summary>Texts of the outputs of a recogniser with CTC (Graves et al., 2006).</summary>
internal static class CtcDecoding
{
    /// <summary>The likeliest entry of every frame, with repetitions merged and blanks left out.</summary>
    /// <param name="best">The likeliest entry of each frame.</param>
    /// <param name="blank">The entry that means no character.</param>
    public static IEnumerable<int> Merged(IEnumerable<int> best, int blank)
    {
        int last = blank;
        foreach (int entry in best)
        {
            if (entry != last && entry != blank)
            {
                yield return entry;
            }

            last = entry;
        }
    }

    /// <summary>
    /// The likeliest text over all ways to spread it over the frames: prefix beam search (Hannun et al., 2014). What is no blank joins a
    /// beginning; the probabilities of all ways to a beginning are added.
    /// </summary>
    /// <param name="logProbabilities">The frames, one after the other, each with the log-probability of every entry.</param>
    /// <param name="vocabulary">The entries.</param>
    /// <param name="beams">How many beginnings are kept.</param>
    /// <param name="words">The words that may be written; null for any.</param>
    /// <param name="language">How likely words follow each other, its weight, and what each word adds; null for nothing.</param>
    /// <returns>The entries, best first, with their scores.</returns>
    public static IReadOnlyList<(IReadOnlyList<int> Entries, double Score)> Search(
        ReadOnlySpan<float> logProbabilities,
        CtcVocabulary vocabulary,
        int beams,
        IReadOnlySet<string>? words = null,
        (NGramModel Model, double Weight, double Bonus)? language = null)
    {
        HashSet<string>? beginnings = words is null
            ? null
            : [.. words.SelectMany(word => Enumerable.Range(1, word.Length).Select(length => word[..length]))];
        Beginning root = new(null, vocabulary.Blank) { Blank = 0, Context = NGramModel.Beginning };
        List<Beginning> kept = [root];
        for (int first = 0; first < logProbabilities.Length; first += vocabulary.Count)
        {
            ReadOnlySpan<float> frame = logProbabilities.Slice(first, vocabulary.Count);
            HashSet<Beginning> next = [];
            foreach (Beginning beginning in kept)
            {
                next.Add(beginning);
                double all = Sum(beginning.Blank, beginning.Other);
                beginning.NextBlank = Sum(beginning.NextBlank, all + frame[vocabulary.Blank]);
                for (int entry = 0; entry < frame.Length; entry++)
                {
                    if (entry == vocabulary.Blank || float.IsNegativeInfinity(frame[entry]))
                    {
                        continue;
                    }

                    bool repeats = beginning.Entry == entry && beginning.Parent is not null;
                    if (repeats)
                    {
                        beginning.NextOther = Sum(beginning.NextOther, beginning.Other + frame[entry]);
                    }

                    if (Longer(beginning, entry) is { } longer)
                    {
                        // An entry that stands twice has a blank between.
                        longer.NextOther = Sum(longer.NextOther, (repeats ? beginning.Blank : all) + frame[entry]);
                        next.Add(longer);
                    }
                }
            }

            foreach (Beginning beginning in next)
            {
                beginning.Move();
            }

            foreach (Beginning lost in kept)
            {
                lost.Forget(next);
            }

            kept = [.. next.Where(beginning => beginning.Score > double.NegativeInfinity).OrderByDescending(beginning => beginning.Score)
                .Take(beams)];
        }

        return
        [
            .. kept.Select(beginning => (beginning.Entries, Score: beginning.Score + End(beginning)))
                .Where(text => text.Score > double.NegativeInfinity)
                .OrderByDescending(text => text.Score)
        ];

        Beginning? Longer(Beginning beginning, int entry)
        {
            if (beginning.Longer.TryGetValue(entry, out Beginning? known))
            {
                return known;
            }

            bool endsWord = entry == vocabulary.WordDelimiter;
            string word = endsWord ? beginning.Word : beginning.Word + vocabulary.Tokens[entry];
            bool isAllowed = beginnings is null || (endsWord ? word.Length == 0 || words!.Contains(word) : beginnings.Contains(word));
            if (!isAllowed)
            {
                return null;
            }

            Beginning longer = new(beginning, entry) { Context = beginning.Context, Language = beginning.Language, Word = word };
            if (endsWord)
            {
                longer.Language += OfWord(beginning);
                longer.Context = word.Length > 0 && language is { } known2
                    ? [.. beginning.Context.TakeLast(known2.Model.Order - 1), word]
                    : beginning.Context;
                longer.Word = "";
            }

            return beginning.Longer[entry] = longer;
        }

        double OfWord(Beginning beginning)
            => language is { } known && beginning.Word.Length > 0
                ? (known.Weight * known.Model.LogProbability(beginning.Context, beginning.Word)) + known.Bonus
                : 0;

        double End(Beginning beginning)
        {
            if (words is not null && beginning.Word.Length > 0 && !words.Contains(beginning.Word))
            {
                return double.NegativeInfinity;
            }

            if (language is not { } known)
            {
                return 0;
            }

            IReadOnlyList<string> context = beginning.Word.Length > 0 ? [.. beginning.Context, beginning.Word] : beginning.Context;
            return OfWord(beginning) + (known.Weight * known.Model.LogProbabilityOfEnd(context));
        }
    }

    /// <summary>The logarithm of the sum of two numbers that are given by their logarithms.</summary>
    private static double Sum(double first, double second)
    {
        double largest = Math.Max(first, second);
        return double.IsNegativeInfinity(largest) ? largest : largest + Math.Log(1 + Math.Exp(Math.Min(first, second) - largest));
    }

    /// <summary>The beginning of a text, with the probability of all ways to it.</summary>
    private sealed class Beginning(Beginning? parent, int entry)
    {
        public Beginning? Parent => parent;
        public int Entry => entry;
        public Dictionary<int, Beginning> Longer { get; } = [];

        /// <summary>Of the ways that end with a blank.</summary>
        public double Blank { get; set; } = double.NegativeInfinity;

        /// <summary>Of those that do not.</summary>
        public double Other { get; set; } = double.NegativeInfinity;

        public double NextBlank { get; set; } = double.NegativeInfinity;
        public double NextOther { get; set; } = double.NegativeInfinity;

        /// <summary>What the language model adds for the words that are whole.</summary>
        public double Language { get; set; }

        /// <summary>The whole words, as many as the language model looks at.</summary>
        public IReadOnlyList<string> Context { get; set; } = [];

        /// <summary>The word that is not whole yet.</summary>
        public string Word { get; set; } = "";

        public double Score => Sum(Blank, Other) + Language;

        public IReadOnlyList<int> Entries
        {
            get
            {
                List<int> entries = [];
                for (Beginning at = this; at.Parent is not null; at = at.Parent)
                {
                    entries.Add(at.Entry);
                }

                entries.Reverse();
                return entries;
            }
        }

        public void Move()
        {
            (Blank, Other) = (NextBlank, NextOther);
            (NextBlank, NextOther) = (double.NegativeInfinity, double.NegativeInfinity);
        }

        /// <summary>Forgets longer ones that no way leads to any more, so that memory does not grow with the frames.</summary>
        public void Forget(HashSet<Beginning> kept)
        {
            foreach (int longer in Longer.Where(pair => !kept.Contains(pair.Value)).Select(pair => pair.Key).ToArray())
            {
                Longer.Remove(longer);
            }
        }
    }
}
