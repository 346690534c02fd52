namespace TransferLearning;

/// <summary>Chooses a small part of a data set that stands for the whole.</summary>
public static class CoreSet
{
    /// <summary>
    /// Greedy k-centre (Sener and Savarese: Active Learning for Convolutional Neural Networks: A Core-Set Approach, 2018): each next sample
    /// is the one farthest from all chosen so far, by Euclidean distance; equal ones by number.
    /// </summary>
    /// <param name="features">[N, width] float32 or float64.</param>
    /// <param name="count">How many to choose, the start included.</param>
    /// <param name="start">The first.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The samples in the order of choice, and after each the largest distance of any sample to the nearest chosen.</returns>
    /// <exception cref="ArgumentException">There are not so many samples, or the features are no matrix.</exception>
    public static KCentreSelection KCentre(
        Tensor features, int count, int start = 0, CancellationToken cancellationToken = default)
    {
        FeatureMatrix rows = new(features);
        CheckCount(count, rows.Count);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(start, rows.Count);
        return Centres(rows, [], count, start, cancellationToken);
    }

    /// <summary>The same where some samples are there already: those with labels, in active learning.</summary>
    /// <param name="features">[N, width] of all samples.</param>
    /// <param name="chosen">The samples that are there; none means that the first chosen is the one nearest to the mean.</param>
    /// <param name="count">How many more to choose.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>Only the new ones.</returns>
    public static KCentreSelection KCentre(
        Tensor features, IReadOnlyCollection<int> chosen, int count, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(chosen);
        FeatureMatrix rows = new(features);
        CheckCount(count, rows.Count - chosen.Count);
        int? start = chosen.Count == 0 ? Herding(features, 1, cancellationToken: cancellationToken)[0] : null;
        return Centres(rows, chosen, count, start, cancellationToken);
    }

    /// <summary>
    /// Herding (Welling: Herding Dynamical Weights to Learn, 2009, in the form of Rebuffi et al.: iCaRL, 2017): each next sample brings the
    /// mean of the chosen ones nearest to the mean of all; equal ones by number.
    /// </summary>
    /// <param name="features">[N, width] float32 or float64.</param>
    /// <param name="count">How many to choose.</param>
    /// <param name="normalize">Whether rows are divided by their length first; rows of zeros stay. Default: false.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The samples in the order of choice.</returns>
    /// <exception cref="ArgumentException">There are not so many samples, or the features are no matrix.</exception>
    public static IReadOnlyList<int> Herding(
        Tensor features, int count, bool normalize = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        using DisposeScope scope = NewDisposeScope();
        FeatureMatrix rows = new(normalize ? UnitRows.Of(features.detach().cpu().to(ScalarType.Float64)) : features);
        CheckCount(count, rows.Count);
        double[] mean = new double[rows.Width], sum = new double[rows.Width], wanted = new double[rows.Width], buffer = rows.Buffer();
        for (int sample = 0; sample < rows.Count; sample++)
        {
            AddTo(mean, rows.Row(sample, buffer));
        }

        for (int i = 0; i < mean.Length; i++)
        {
            mean[i] /= rows.Count;
        }

        int[] order = new int[count];
        bool[] isChosen = new bool[rows.Count];
        for (int k = 1; k <= count; k++)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // |mean - (sum + x)/k| is smallest where x is nearest to k mean - sum.
            for (int i = 0; i < wanted.Length; i++)
            {
                wanted[i] = (k * mean[i]) - sum[i];
            }

            (int best, double least) = (-1, double.PositiveInfinity);
            for (int sample = 0; sample < rows.Count; sample++)
            {
                if (!isChosen[sample]
                    && FeatureMatrix.SquaredDistance(wanted, rows.Row(sample, buffer)) is var distance
                    && distance < least)
                {
                    (best, least) = (sample, distance);
                }
            }

            if (best < 0)
            {
                throw new ArgumentException("The features of a sample are NaN or infinite.", nameof(features));
            }

            (order[k - 1], isChosen[best]) = (best, true);
            AddTo(sum, rows.Row(best, buffer));
        }

        return order;
    }

    /// <summary>
    /// The samples between the two likeliest classes of which a model can decide least, or, for an easy set, best; equal ones by number.
    /// </summary>
    /// <param name="probabilities">[samples, classes].</param>
    /// <param name="count">How many to choose.</param>
    /// <param name="largest">Whether those with the largest margin are chosen. Default: false, the hardest.</param>
    /// <exception cref="ArgumentException">There are not so many samples.</exception>
    public static IReadOnlyList<int> ByMargin(double[,] probabilities, int count, bool largest = false)
    {
        double[] margins = Margins(probabilities);
        CheckCount(count, margins.Length);
        return [.. Enumerable.Range(0, margins.Length).OrderBy(sample => largest ? -margins[sample] : margins[sample]).Take(count)];
    }

    /// <summary>Chooses the same share of each class, so that no class is lost.</summary>
    /// <param name="labels">The label of each sample.</param>
    /// <param name="count">How many to choose in all.</param>
    /// <param name="choose">Chooses so many of the samples of one class, and gives their places in the list.</param>
    /// <returns>The samples, class by class in the order of choice.</returns>
    /// <exception cref="ArgumentException">There are not so many samples.</exception>
    public static IReadOnlyList<int> ClassByClass(
        IReadOnlyList<int> labels, int count, Func<IReadOnlyList<int>, int, IReadOnlyList<int>> choose)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(choose);
        CheckCount(count, labels.Count);
        List<int> all = [];
        int seen = 0;
        foreach (IGrouping<int, int> group in Enumerable.Range(0, labels.Count).GroupBy(sample => labels[sample]).OrderBy(one => one.Key))
        {
            // Rounded sums, not sums of rounded shares, so that the whole number comes out.
            int[] members = [.. group];
            int before = (int)Math.Round((double)count * seen / labels.Count, MidpointRounding.AwayFromZero);
            seen += members.Length;
            int share = (int)Math.Round((double)count * seen / labels.Count, MidpointRounding.AwayFromZero) - before;
            all.AddRange(share == 0 ? [] : choose(members, share).Select(place => members[place]));
        }

        return all;
    }

    /// <summary>The likeliest class's probability less the second's, of each sample.</summary>
    internal static double[] Margins(double[,] probabilities)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        double[] margins = new double[probabilities.GetLength(0)];
        for (int sample = 0; sample < margins.Length; sample++)
        {
            (double first, double second) = (0, 0);
            for (int label = 0; label < probabilities.GetLength(1); label++)
            {
                double p = probabilities[sample, label];
                (first, second) = p > first ? (p, first) : (first, Math.Max(second, p));
            }

            margins[sample] = first - second;
        }

        return margins;
    }

    private static KCentreSelection Centres(
        FeatureMatrix rows, IReadOnlyCollection<int> chosen, int count, int? start, CancellationToken cancellationToken)
    {
        double[] nearest = new double[rows.Count], buffer = rows.Buffer();
        nearest.AsSpan().Fill(double.PositiveInfinity);
        bool[] isChosen = new bool[rows.Count];
        foreach (int sample in chosen)
        {
            Take(sample);
        }

        int[] order = new int[count];
        double[] radii = new double[count];
        for (int k = 0; k < count; k++)
        {
            order[k] = k == 0 && start is { } first ? first : Farthest();
            Take(order[k]);
            radii[k] = nearest.Max();
        }

        return new KCentreSelection(order, radii);

        int Farthest()
        {
            int best = -1;
            for (int sample = 0; sample < nearest.Length; sample++)
            {
                best = isChosen[sample] || (best >= 0 && !(nearest[sample] > nearest[best])) ? best : sample;
            }

            return best;
        }

        void Take(int centre)
        {
            cancellationToken.ThrowIfCancellationRequested();
            isChosen[centre] = true;
            double[] at = rows.Copy(centre);
            for (int sample = 0; sample < nearest.Length; sample++)
            {
                nearest[sample] = Math.Min(nearest[sample], Math.Sqrt(FeatureMatrix.SquaredDistance(rows.Row(sample, buffer), at)));
            }
        }
    }

    private static void AddTo(double[] sum, ReadOnlySpan<double> row)
    {
        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] += row[i];
        }
    }

    private static void CheckCount(int count, int available)
    {
        if (count < 1 || count > available)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, $"Expected 1 to {available}, the samples that there are.");
        }
    }
}
