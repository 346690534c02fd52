namespace TransferLearning;

/// <summary>
/// Divides samples of the kind that a model was trained on from others, by what the model computes of them:
/// <c>model.FitOutOfDistribution(training, validation)</c> makes one. It owns tensors; the caller disposes it.
/// </summary>
/// <remarks>It belongs to the weights it was fitted with: fit it again after training. Scores are computed in float64.</remarks>
public sealed class OutOfDistributionDetector : IDisposable
{
    private const string OptionsKey = "out-of-distribution";
    private const string MeansName = "means";
    private const string FactorName = "factor";
    private const string TrainingName = "training";
    private const int PieceRows = 4096;
    private const long PieceNumbers = 1L << 24;
    private readonly Dictionary<string, Tensor> _fitted;

    private OutOfDistributionDetector(OutOfDistributionOptions options, Dictionary<string, Tensor> fitted, double? threshold)
        => (Options, _fitted, Threshold) = (options, fitted, threshold);

    /// <summary>How samples are scored.</summary>
    public OutOfDistributionOptions Options { get; }

    /// <summary>The smallest score that is taken for inside; null until it was chosen.</summary>
    public double? Threshold { get; private set; }

    /// <summary>Whether features of training samples are needed to fit it, and of a sample to score it; else logits are.</summary>
    public bool UsesFeatures => NeedsFeatures(Options.Method);

    /// <summary>Fits it to training samples.</summary>
    /// <param name="features">[N, width], what enters the head for each training sample; it stays the caller's. Null where the method needs
    /// logits alone.</param>
    /// <param name="labels">[N] int64, the classes; it stays the caller's.</param>
    /// <param name="options">The method and its numbers; null means the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range, features are missing or not finite, there are fewer samples than
    /// neighbours, or the covariance has no inverse.</exception>
    public static OutOfDistributionDetector Fit(Tensor? features, Tensor? labels, OutOfDistributionOptions? options = null)
    {
        options ??= new OutOfDistributionOptions();
        options.Validate();
        if (!NeedsFeatures(options.Method))
        {
            return new OutOfDistributionDetector(options, [], null);
        }

        if (features is null || labels is null || features.dim() != 2 || features.size(0) == 0
            || labels.dim() != 1 || labels.size(0) != features.size(0))
        {
            throw new ArgumentException(
                $"{options.Method} is fitted to features [N, width] and labels [N] of at least one training sample.", nameof(features));
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        if (!features.isfinite().all().item<bool>())
        {
            throw new ArgumentException("A feature of the training samples is NaN or infinite.", nameof(features));
        }

        Dictionary<string, Tensor> fitted = options.Method == OutOfDistributionMethod.Mahalanobis
            ? Gaussians(features.cpu(), labels.cpu(), options.Ridge)
            : new() { [TrainingName] = Neighbours(features.cpu(), options.Neighbors) };
        foreach (Tensor part in fitted.Values)
        {
            part.DetachFromDisposeScope();
        }

        return new OutOfDistributionDetector(options, fitted, null);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file. It is read as data; nothing in it can run.</param>
    /// <returns>The detector; the caller disposes it.</returns>
    /// <exception cref="CheckpointException">The file is damaged or no safetensors file.</exception>
    /// <exception cref="InvalidDataException">It holds something else.</exception>
    public static OutOfDistributionDetector Load(string path)
    {
        using StateDict state = StateDict.Open(path);
        Saved? saved = state.Metadata.TryGetValue(OptionsKey, out string? text) ? Parse(text) : null;
        string[] names = saved?.Options.Method switch
        {
            null => [],
            OutOfDistributionMethod.Mahalanobis => [MeansName, FactorName],
            OutOfDistributionMethod.NearestNeighbors => [TrainingName],
            _ => [],
        };
        Dictionary<string, Tensor> fitted = [];
        if (saved is not null && names.All(name => state.TryGet(name, out _)))
        {
            foreach (string name in names)
            {
                fitted[name] = state.Read(name);
            }

            long width = fitted.GetValueOrDefault(names.FirstOrDefault(""))?.shape[^1] ?? 0;
            if (fitted.Values.All(part => part.dtype == ScalarType.Float64 && part.dim() == 2 && part.size(1) == width && part.size(0) > 0)
                && (!fitted.TryGetValue(FactorName, out Tensor? factor) || factor.size(0) == width)
                && (!fitted.TryGetValue(TrainingName, out Tensor? training) || training.size(0) >= saved.Options.Neighbors))
            {
                return new OutOfDistributionDetector(saved.Options, fitted, saved.Threshold);
            }
        }

        Free(fitted);
        throw new InvalidDataException(
            $"'{path}' holds no detector saved by {nameof(OutOfDistributionDetector)}.{nameof(Save)}, or a damaged one: fit it again.");
    }

    /// <summary>Writes it into one safetensors file, which appears under its name only when it is complete.</summary>
    /// <exception cref="IOException">The file could not be written; an older one of that name is untouched.</exception>
    public void Save(string path)
    {
        using StateDict state = StateDict.FromTensors(
            [.. _fitted], new Dictionary<string, string> { [OptionsKey] = JsonSerializer.Serialize(new Saved(Options, Threshold)) });
        state.Save(path, CheckpointFormat.SafeTensors);
    }

    /// <summary>Scores samples; larger is more like the training samples.</summary>
    /// <param name="features">[N, width] of the samples; null where the method needs logits alone. It stays the caller's.</param>
    /// <param name="logits">[N, classes] of the samples, before any calibration; null where the method needs features alone. It stays the
    /// caller's.</param>
    /// <exception cref="ArgumentException">What the method needs is missing, or of another width than in training.</exception>
    public double[] Score(Tensor? features, Tensor? logits)
    {
        Tensor? needed = UsesFeatures ? features : logits;
        long width = _fitted.Count == 0 ? 0 : _fitted.Values.First().size(1);
        if (needed is null || needed.dim() != 2 || (width > 0 && needed.size(1) != width))
        {
            throw new ArgumentException(
                $"{Options.Method} needs {(UsesFeatures ? $"features [N, {width}]" : "logits [N, classes]")}, and was given "
                    + $"{(needed is null ? "none" : $"[{string.Join(", ", needed.shape)}]")}.");
        }

        using IDisposable guard = no_grad();
        double[] scores = new double[needed.size(0)];
        int rows = _fitted.TryGetValue(TrainingName, out Tensor? training)
            ? (int)Math.Clamp(PieceNumbers / training.size(0), 1, PieceRows)
            : PieceRows;
        for (int first = 0; first < scores.Length; first += rows)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor piece = needed.narrow(0, first, Math.Min(rows, scores.Length - first)).cpu().to(ScalarType.Float64);
            ((double[])[.. Piece(piece).contiguous().data<double>()]).CopyTo(scores, first);
        }

        return scores;
    }

    /// <summary>Chooses the threshold that keeps <see cref="OutOfDistributionOptions.Keep"/> of validation samples.</summary>
    /// <param name="scores">The scores of samples of the kind that the model was trained on, but was not trained with.</param>
    /// <exception cref="ArgumentException">There is none, or one is NaN.</exception>
    public void ChooseThreshold(IReadOnlyList<double> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        Threshold = OutOfDistributionQuality.ThresholdOf(scores, Options.Keep);
    }

    /// <summary>Whether a sample with this score is outside.</summary>
    /// <exception cref="InvalidOperationException">No threshold was chosen.</exception>
    public bool IsOutside(double score) => !(score >= (Threshold
        ?? throw new InvalidOperationException(
            $"There is no threshold yet: call {nameof(ChooseThreshold)} with scores of validation samples.")));

    /// <summary>Frees the tensors.</summary>
    public void Dispose() => Free(_fitted);

    private static bool NeedsFeatures(OutOfDistributionMethod method)
        => method is OutOfDistributionMethod.Mahalanobis or OutOfDistributionMethod.NearestNeighbors;

    private static void Free(Dictionary<string, Tensor> fitted)
    {
        foreach (Tensor part in fitted.Values)
        {
            part.Dispose();
        }
    }

    private static Saved? Parse(string text)
    {
        try
        {
            Saved? saved = JsonSerializer.Deserialize<Saved>(text);
            saved?.Options?.Validate();
            return saved?.Options is null || saved.Threshold is { } threshold && double.IsNaN(threshold) ? null : saved;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            return null;
        }
    }

    // Class means, and the Cholesky factor of the one covariance, over pieces of the samples.
    private static Dictionary<string, Tensor> Gaussians(Tensor features, Tensor labels, double ridge)
    {
        long count = features.size(0), width = features.size(1);
        long[] present = [.. labels.data<long>().Distinct().Order()];
        Dictionary<long, long> places = present.Index().ToDictionary(entry => entry.Item, entry => (long)entry.Index);
        Tensor place = tensor([.. labels.data<long>().Select(label => places[label])], int64);
        Tensor sums = zeros([present.Length, width], ScalarType.Float64);
        Tensor counts = bincount(place).to(ScalarType.Float64);
        ForEachPiece((own, rows) => sums.index_add_(0, own, rows, Scalars.One));
        Tensor means = sums.div(counts.unsqueeze(1));
        Tensor covariance = eye(width, dtype: ScalarType.Float64).Multiply(ridge);
        ForEachPiece((own, rows) =>
        {
            Tensor rest = rows.sub(means.index_select(0, own));
            covariance.AddInPlace(rest.t().mm(rest), 1.0 / count);
        });
        (Tensor factor, Tensor info) = linalg.cholesky_ex(covariance);
        return info.item<int>() == 0
            ? new() { [MeansName] = means, [FactorName] = factor }
            : throw new ArgumentException(
                $"The covariance of the {count} training samples' {width} features has no inverse: set "
                    + $"{nameof(OutOfDistributionOptions.Ridge)} above {ridge.ToString(CultureInfo.InvariantCulture)}.",
                nameof(ridge));

        void ForEachPiece(Action<Tensor, Tensor> take)
        {
            for (long first = 0; first < count; first += PieceRows)
            {
                using DisposeScope scope = NewDisposeScope();
                long size = Math.Min(PieceRows, count - first);
                take(place.narrow(0, first, size), features.narrow(0, first, size).to(ScalarType.Float64));
            }
        }
    }

    private static Tensor Neighbours(Tensor features, int neighbors)
        => features.size(0) >= neighbors
            ? nn.functional.normalize(features.to(ScalarType.Float64), dim: 1)
            : throw new ArgumentException(
                $"{nameof(OutOfDistributionOptions.Neighbors)} is {neighbors}, and there are {features.size(0)} training samples: choose a "
                    + "smaller one.",
                nameof(neighbors));

    private Tensor Piece(Tensor rows) => Options.Method switch
    {
        OutOfDistributionMethod.Energy => rows.Divide(Options.Temperature).logsumexp(1).Multiply(Options.Temperature),
        OutOfDistributionMethod.MaximumSoftmax => rows.softmax(1).amax([1]),
        OutOfDistributionMethod.MaximumLogit => rows.amax([1]),
        OutOfDistributionMethod.Mahalanobis => Nearest(rows),
        _ => Neighbour(rows),
    };

    // With S = L L', (f - m)' S^-1 (f - m) is the squared length of L^-1 (f - m).
    private Tensor Nearest(Tensor rows)
    {
        Tensor means = _fitted[MeansName], factor = _fitted[FactorName];
        Tensor? smallest = null;
        for (long k = 0; k < means.size(0); k++)
        {
            Tensor rest = linalg.solve_triangular(factor, rows.sub(means[k]).t(), upper: false);
            Tensor squares = rest.Square().sum([0]);
            smallest = smallest is null ? squares : smallest.minimum(squares);
        }

        return smallest!.neg();
    }

    // Of vectors of the length 1 the squared distance is 2 - 2 cos.
    private Tensor Neighbour(Tensor rows)
    {
        Tensor similar = nn.functional.normalize(rows, dim: 1).mm(_fitted[TrainingName].t());
        Tensor nearest = similar.topk(Options.Neighbors, 1).values.narrow(1, Options.Neighbors - 1, 1).squeeze(1);
        return nearest.Multiply(-2.0).Add(2.0).ClampMin(0).sqrt().neg();
    }

    private sealed record Saved(OutOfDistributionOptions Options, double? Threshold);
}
