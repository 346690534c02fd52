namespace TransferLearning.Reports;

/// <summary>Samples of one class that were taken for another.</summary>
/// <param name="Label">The true class.</param>
/// <param name="Prediction">The class they were taken for.</param>
/// <param name="Count">How many.</param>
/// <param name="Share">What share of the true class's samples.</param>
internal sealed record Confusion(string Label, string Prediction, long Count, double Share)
{
    /// <summary>The confusions of a report, the most frequent first; equally frequent ones in the order of the classes.</summary>
    /// <param name="report">What an evaluation gave.</param>
    internal static IReadOnlyList<Confusion> AllOf(ClassificationReport report)
    {
        long[,] counts = report.Confusion.ToArray();
        List<(int Label, int Prediction)> places = [];
        for (int label = 0; label < report.Classes.Count; label++)
        {
            for (int prediction = 0; prediction < report.Classes.Count; prediction++)
            {
                if (label != prediction && counts[label, prediction] > 0)
                {
                    places.Add((label, prediction));
                }
            }
        }

        return
        [
            .. places
                .OrderByDescending(place => counts[place.Label, place.Prediction])
                .Select(place => new Confusion(
                    report.Classes[place.Label].Name,
                    report.Classes[place.Prediction].Name,
                    counts[place.Label, place.Prediction],
                    counts[place.Label, place.Prediction] / (double)report.Classes[place.Label].Support))
        ];
    }
}
