namespace TransferLearning.Reports;

/// <summary>Samples on planes, by their features.</summary>
/// <param name="Indices">The numbers of the samples in the data set.</param>
/// <param name="Labels">The class of each.</param>
/// <param name="IsWrong">Whether each was predicted wrongly.</param>
/// <param name="Principal">Their first two principal components.</param>
/// <param name="Explained">What share of the variance those two have.</param>
/// <param name="Neighbours">Their places by t-SNE; null where it was left out.</param>
/// <param name="OfAll">Of how many samples they are a part.</param>
internal sealed record FeatureMaps(
    IReadOnlyList<int> Indices, IReadOnlyList<int> Labels, IReadOnlyList<bool> IsWrong, IReadOnlyList<double[]> Principal, double Explained,
    IReadOnlyList<double[]>? Neighbours, int OfAll)
{
    // More directions hold little but noise, and distances cost less time (van der Maaten, 2008, section 4).
    private const int Directions = 50;

    /// <summary>Makes the maps of samples' features.</summary>
    /// <param name="features">The features of the evaluated samples.</param>
    /// <param name="isWrong">Whether a sample was predicted wrongly, by its number.</param>
    /// <param name="options">How many samples, and how.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static FeatureMaps Of(FeatureSet features, Func<int, bool> isWrong, ReportOptions options, CancellationToken cancellationToken)
    {
        int[] rows = [.. Enumerable.Range(0, features.Count)];
        if (rows.Length > options.MapSamples)
        {
            new SeededRandom(options.Seed).Shuffle<int>(rows);
            rows = [.. rows.Take(options.MapSamples).Order()];
        }

        double[][] points = Array.ConvertAll(rows, row => Array.ConvertAll(features.ToArray(row), value => (double)value));
        int most = Math.Min(Math.Min(points.Length, features.Width), Directions);
        PrincipalComponents components = PrincipalComponents.Of(points, most);
        IReadOnlyList<double[]> scores = components.Project(points);
        long[] labels = [.. features.Labels.data<long>()];
        bool hasNeighbours = options.TSne is not null && points.Length >= 3;
        return new FeatureMaps(
            [.. rows.Select(row => features.Indices[row])],
            [.. rows.Select(row => (int)labels[row])],
            [.. rows.Select(row => isWrong(features.Indices[row]))],
            [.. scores.Select(score => new[] { score[0], most > 1 ? score[1] : 0 })],
            components.ExplainedVarianceRatio.Take(2).Sum(),
            hasNeighbours ? TSne.Embed(scores, options.TSne, cancellationToken: cancellationToken) : null,
            features.Count);
    }
}
