namespace TransferLearning;

/// <summary>
/// What training hides from a network: spans of time and of features (Park et al., "SpecAugment", 2019; with the probabilities of
/// wav2vec 2.0, Baevski et al., 2020). The spans come from the training pass.
/// </summary>
internal sealed class SpecAugmentMasks
{
    private readonly Spans _time;
    private readonly Spans _features;

    /// <summary>Reads what a configuration says of masking, under Hugging Face's keys.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="applies">Whether there is masking where <c>apply_spec_augment</c> does not say.</param>
    public SpecAugmentMasks(ModelConfig config, bool applies)
    {
        _time = new Spans(
            config.Probability("mask_time_prob", 0.05), config.Size("mask_time_length", 10), config.Whole("mask_time_min_masks", 2));
        _features = new Spans(
            config.Probability("mask_feature_prob", 0), config.Size("mask_feature_length", 10), config.Whole("mask_feature_min_masks", 0));
        Applies = config.Flag("apply_spec_augment", applies);
    }

    /// <summary>Whether any masking is configured, on or off: then a network has a vector for masked frames.</summary>
    public bool HasMasks => _time.Probability > 0 || _features.Probability > 0;

    private bool Applies { get; }

    /// <summary>The frames that are hidden, bool [N, <paramref name="count"/>]; null for none.</summary>
    /// <param name="lengths">How many frames of each example are no padding.</param>
    /// <param name="count">How many frames there are.</param>
    /// <param name="device">Where they are wanted.</param>
    public Tensor? Frames(IReadOnlyList<long> lengths, long count, torch.Device device) => Mask(_time, lengths, count, device);

    /// <summary>The features that are hidden, bool [N, <paramref name="count"/>]; null for none.</summary>
    /// <param name="examples">How many examples.</param>
    /// <param name="count">How many features a frame has.</param>
    /// <param name="device">Where they are wanted.</param>
    public Tensor? Features(long examples, long count, torch.Device device)
        => Mask(_features, [.. Enumerable.Repeat(count, (int)examples)], count, device);

    private Tensor? Mask(Spans spans, IReadOnlyList<long> lengths, long count, torch.Device device)
    {
        if (!Applies || spans.Probability <= 0)
        {
            return null;
        }

        SeededRandom random = TrainingPass.NextRandom();
        bool[] hidden = new bool[lengths.Count * count];
        double rounding = random.NextDouble(); // of the whole batch, so that the mean number of spans is right
        for (int row = 0; row < lengths.Count; row++)
        {
            spans.Hide(hidden.AsSpan((int)(row * count), (int)lengths[row]), rounding, ref random);
        }

        return tensor(hidden, [lengths.Count, count], device: device);
    }

    /// <summary>How one axis is masked.</summary>
    /// <param name="Probability">The share of positions that spans cover before they overlap.</param>
    /// <param name="Length">The positions of a span.</param>
    /// <param name="Least">The fewest spans of an example.</param>
    private sealed record Spans(double Probability, int Length, int Least)
    {
        /// <summary>Spans that may overlap, but begin at different positions.</summary>
        public void Hide(Span<bool> hidden, double rounding, ref SeededRandom random)
        {
            int starts = Math.Max(0, hidden.Length - Length + 1);
            int wanted = Math.Max(Least, (int)((Probability * hidden.Length / Length) + rounding));
            int[] places = [.. Enumerable.Range(0, starts)];
            random.Shuffle(places.AsSpan());
            foreach (int start in places.AsSpan(0, Math.Min(wanted, Math.Min(starts, hidden.Length / Length))))
            {
                hidden.Slice(start, Length).Fill(true);
            }
        }
    }
}
