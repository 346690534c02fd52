namespace TransferLearning;

/// <summary>
/// What a model predicted for each sample of an evaluation, in the order of the data set: what slices, worst mistakes, intervals and
/// reliability curves are made of. <see cref="EvaluateOptions.Samples"/> asks for it, <see cref="EvaluationResult.Samples"/> has it.
/// </summary>
/// <remarks>Names are looked up in the data set when they are asked for: keep it open as long.</remarks>
public sealed class SamplePredictions
{
    private const int UsualSmallest = 30;
    private readonly SampleOutcome[] _outcomes;
    private readonly int[] _indices;
    private readonly float[]? _outputs;
    private readonly Func<int, string> _nameOf;

    internal SamplePredictions(
        SampleOutcome[] outcomes, int[] indices, float[]? outputs, IReadOnlyList<string> classNames, Func<int, string> nameOf)
        => (_outcomes, _indices, _outputs, ClassNames, _nameOf) = (outcomes, indices, outputs, classNames, nameOf);

    /// <summary>The names of the classes; none for a task without.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>How many samples there are.</summary>
    public int Count => _outcomes.Length;

    /// <summary>The number of each in its data set: 0, 1, 2, … unless damaged ones were skipped.</summary>
    public IReadOnlyList<int> Indices => _indices;

    /// <summary>What became of each.</summary>
    public IReadOnlyList<SampleOutcome> Outcomes => _outcomes;

    /// <summary>Whether the outputs were kept (<see cref="SampleDetail.Outputs"/>).</summary>
    public bool HasOutputs => _outputs is not null;

    /// <summary>How many outputs a sample has; 0 where they were not kept.</summary>
    public int Width => _outputs is null || Count == 0 ? 0 : _outputs.Length / Count;

    /// <summary>One of them with its name and those of its classes.</summary>
    /// <param name="place">From 0 to <see cref="Count"/> - 1.</param>
    public SamplePrediction this[int place]
    {
        get
        {
            SampleOutcome own = _outcomes[place];
            return new SamplePrediction(
                _indices[place], _nameOf(_indices[place]), own.Label, NameOf(own.Label), own.Predicted, NameOf(own.Predicted), own.Score,
                own.Loss, own.IsCorrect);
        }
    }

    /// <summary>Makes them of logits that come from elsewhere.</summary>
    /// <param name="labels">The true class of each sample.</param>
    /// <param name="logits">As many rows, one number for each class.</param>
    /// <param name="classNames">The names of the classes.</param>
    /// <param name="nameOf">The name of each sample; null numbers them.</param>
    /// <exception cref="ArgumentException">The lists do not fit together, or a label is no class.</exception>
    public static SamplePredictions FromLogits(
        IReadOnlyList<int> labels, IReadOnlyList<float[]> logits, IReadOnlyList<string> classNames, Func<int, string>? nameOf = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(classNames);
        if (labels.Count != logits.Count || logits.Any(row => row.Length != classNames.Count)
            || labels.Any(label => (uint)label >= (uint)classNames.Count))
        {
            throw new ArgumentException(
                $"{labels.Count} labels, {logits.Count} rows of logits and {classNames.Count} classes do not fit together: expected a row "
                    + "for each label with a number for each class, and labels from 0.",
                nameof(logits));
        }

        return new SamplePredictions(
            [.. labels.Select((label, i) => Classification.OutcomeOf(logits[i], label))],
            [.. Enumerable.Range(0, labels.Count)],
            [.. logits.SelectMany(row => row)],
            [.. classNames],
            nameOf ?? (index => $"sample {index}"));
    }

    /// <summary>The outputs of one sample as the task reports them: logits of a classifier, after calibration.</summary>
    /// <param name="place">From 0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="InvalidOperationException">They were not kept.</exception>
    public ReadOnlySpan<float> OutputsOf(int place)
        => (_outputs ?? throw new InvalidOperationException(
            $"The outputs were not kept: evaluate with {nameof(EvaluateOptions)}.{nameof(EvaluateOptions.Samples)} = "
                + $"{nameof(SampleDetail)}.{nameof(SampleDetail.Outputs)}.")).AsSpan(place * Width, Width);

    /// <summary>The probability of each class for one sample, computed in float64.</summary>
    /// <param name="place">From 0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="InvalidOperationException">The outputs were not kept, or the task is no classification.</exception>
    public double[] ProbabilitiesOf(int place)
    {
        RequireClasses();
        double[] row = [.. OutputsOf(place).ToArray().Select(output => (double)output)];
        double largest = row.Max();
        double sum = row.Sum(output => Math.Exp(output - largest));
        return [.. row.Select(output => Math.Exp(output - largest) / sum)];
    }

    /// <summary>The mistakes with the largest loss first: those of which the model was surest. Labels that are wrong are often among them.
    /// For a task without right and wrong, the samples with the largest loss.</summary>
    /// <param name="count">How many at most.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not positive.</exception>
    public IReadOnlyList<SamplePrediction> WorstMistakes(int count = 20)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return
        [
            .. Enumerable.Range(0, Count)
                .Where(place => _outcomes[place].IsCorrect != true)
                .OrderByDescending(place => _outcomes[place].Loss)
                .Take(count)
                .Select(place => this[place]),
        ];
    }

    /// <summary>How well the model does on the samples of each slice, the worst slice first: by accuracy, else by loss.</summary>
    /// <param name="sliceOf">Names the slice of a sample by its number, its name or its class; null where it is in none.</param>
    /// <param name="smallest">With fewer samples a slice is said to be small. Default: 30.</param>
    public IReadOnlyList<EvaluationSlice> Slices(Func<SamplePrediction, string?> sliceOf, int smallest = UsualSmallest)
    {
        ArgumentNullException.ThrowIfNull(sliceOf);
        Dictionary<string, (int Count, int Correct, double Loss)> sums = [];
        bool hasAccuracy = _outcomes.All(outcome => outcome.IsCorrect is not null);
        for (int place = 0; place < Count; place++)
        {
            if (sliceOf(this[place]) is { } name)
            {
                (int count, int correct, double loss) = sums.GetValueOrDefault(name);
                sums[name] = (count + 1, correct + (_outcomes[place].IsCorrect == true ? 1 : 0), loss + _outcomes[place].Loss);
            }
        }

        return
        [
            .. sums.Select(slice => new EvaluationSlice(
                    slice.Key,
                    slice.Value.Count,
                    hasAccuracy ? slice.Value.Correct / (double)slice.Value.Count : null,
                    hasAccuracy ? ConfidenceInterval.Wilson(slice.Value.Correct, slice.Value.Count) : null,
                    slice.Value.Loss / slice.Value.Count,
                    slice.Value.Count < smallest))
                .OrderBy(slice => slice.Accuracy ?? 0)
                .ThenByDescending(slice => slice.MeanLoss)
                .ThenBy(slice => slice.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>The slices of the true classes.</summary>
    /// <param name="smallest">With fewer samples a slice is said to be small. Default: 30.</param>
    /// <exception cref="InvalidOperationException">The task is no classification.</exception>
    public IReadOnlyList<EvaluationSlice> SlicesByClass(int smallest = UsualSmallest)
    {
        RequireClasses();
        return Slices(sample => sample.LabelName, smallest);
    }

    /// <summary>The slices of where samples come from: the folder in their names, for data sets put together from several.</summary>
    /// <param name="smallest">With fewer samples a slice is said to be small. Default: 30.</param>
    public IReadOnlyList<EvaluationSlice> SlicesBySource(int smallest = UsualSmallest)
        => Slices(sample => Path.GetDirectoryName(sample.Name) is { Length: > 0 } folder ? folder : null, smallest);

    /// <summary>The slices of small, middling and large samples, a third each: by the pixels of an image, the letters of a text, the bytes
    /// of anything else. Every sample is read once more, and images are decoded.</summary>
    /// <param name="dataset">The samples that were evaluated.</param>
    /// <param name="codec">What decodes images; null means <see cref="ImageCodec.Default"/>.</param>
    /// <param name="smallest">With fewer samples a slice is said to be small. Default: 30.</param>
    public IReadOnlyList<EvaluationSlice> SlicesBySize(Dataset dataset, IImageCodec? codec = null, int smallest = UsualSmallest)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        codec ??= ImageCodec.Default;
        Dictionary<int, long> sizes = _indices.ToDictionary(index => index, index => SizeOf(dataset.Read(index), codec));
        long[] ordered = [.. sizes.Values.Order()];
        (long low, long high) = ordered.Length == 0 ? (0, 0) : (ordered[(ordered.Length - 1) / 3], ordered[(ordered.Length - 1) * 2 / 3]);
        return Slices(sample => NameOf(sizes[sample.Index]), smallest);

        string NameOf(long size) => size <= low ? $"up to {low}" : size <= high ? $"{low + 1} to {high}" : $"above {high}";
    }

    /// <summary>The interval of any measure of a classifier: <c>samples.Interval(report => report.Macro.F1)</c>.</summary>
    /// <param name="measure">The measure; those of <see cref="ClassificationReport.Scores"/> need kept outputs.</param>
    /// <param name="options">How many resamples, which confidence, which seed; null means the defaults.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="InvalidOperationException">The task is no classification, or the measure has no value.</exception>
    public BootstrapInterval Interval(
        Func<ClassificationReport, double?> measure, BootstrapOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(measure);
        RequireClasses();
        double[][]? scores = HasOutputs ? [.. Enumerable.Range(0, Count).Select(ProbabilitiesOf)] : null;
        return Bootstrap.Interval(Count, places => measure(Report(places, scores)), options, cancellationToken);
    }

    /// <summary>Whether the scores of a classifier can be believed.</summary>
    /// <param name="bins">How many bins. Default: 15.</param>
    /// <param name="equalMass">Whether bins have equally many samples instead of equal widths.</param>
    /// <exception cref="InvalidOperationException">The task is no classification.</exception>
    public Calibration Reliability(int bins = Calibration.UsualBins, bool equalMass = false)
    {
        RequireClasses();
        double[] scores = [.. _outcomes.Select(outcome => (double)outcome.Score)];
        bool[] isCorrect = [.. _outcomes.Select(outcome => outcome.IsCorrect == true)];
        return equalMass ? Calibration.OfEqualMass(scores, isCorrect, bins) : Calibration.OfEqualWidth(scores, isCorrect, bins);
    }

    /// <summary>The mean over classes of the calibration error of each class's probability.</summary>
    /// <inheritdoc cref="Calibration.ClasswiseError" path="/remarks"/>
    /// <param name="bins">How many bins of equal width. Default: 15.</param>
    /// <exception cref="InvalidOperationException">The outputs were not kept, or the task is no classification.</exception>
    public double ClasswiseCalibrationError(int bins = Calibration.UsualBins)
        => Calibration.ClasswiseError(
            [.. Enumerable.Range(0, Count).Select(ProbabilitiesOf)], [.. _outcomes.Select(outcome => outcome.Label)], bins);

    private static long SizeOf(Sample sample, IImageCodec codec)
    {
        switch (sample.Input)
        {
            case RawImage raw:
                return (long)raw.Width * raw.Height;
            case EncodedImage encoded:
                using (ImagePixels image = codec.Decode(encoded.Bytes, sample.Name))
                {
                    return (long)image.Width * image.Height;
                }

            case TextContent text:
                return text.Text.Length + (text.Pair?.Length ?? 0);
            default:
                return sample.Input.ToBytes().Length;
        }
    }

    private ClassificationReport Report(IReadOnlyList<int> places, double[][]? scores)
    {
        ClassificationAccumulator counts = new(ClassNames.Count);
        foreach (int place in places)
        {
            if (scores is null)
            {
                counts.AddPrediction(_outcomes[place].Predicted, _outcomes[place].Label);
            }
            else
            {
                counts.Add(scores[place], _outcomes[place].Label);
            }
        }

        return counts.ToReport(ClassNames);
    }

    private void RequireClasses()
    {
        if (Count == 0 || _outcomes[0].Label < 0)
        {
            throw new InvalidOperationException("These samples do not have one class each: only a classification has this measure.");
        }
    }

    private string NameOf(int number) => number < 0 ? "" : ClassNames[number];
}
