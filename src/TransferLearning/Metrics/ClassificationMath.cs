namespace TransferLearning;

/// <summary>What can be computed from a confusion matrix alone.</summary>
internal static class ClassificationMath
{
    /// <summary>The measures of one class.</summary>
    public static ClassMetrics Class(ConfusionMatrix confusion, int index, string name, RankingMetrics ranking)
    {
        long support = confusion.Support(index), predicted = confusion.Predicted(index), hits = confusion[index, index];
        PrecisionRecall metrics = PrecisionRecall.Of(hits, predicted, support);
        return new ClassMetrics(
            name, support, predicted, metrics.Precision, metrics.Recall, metrics.F1, ranking.RocAuc, ranking.AveragePrecision);
    }

    /// <summary>The mean over some classes with weights of any sum above 0.</summary>
    public static AveragedMetrics Average(IReadOnlyCollection<ClassMetrics> classes, Func<ClassMetrics, double> weight)
        => AveragedMetrics.Of(classes, metrics => new PrecisionRecall(metrics.Precision, metrics.Recall), weight);

    /// <summary>Cohen's kappa (1960; 1968 with weights): one minus the disagreement found over that of chance, where taking class i for j
    /// weighs |i - j|^<paramref name="power"/>, and 1 for the power 0. Null when chance cannot disagree.</summary>
    public static double? Kappa(ConfusionMatrix confusion, IReadOnlyList<ClassMetrics> classes, int power)
    {
        double found = 0, chance = 0, total = confusion.Total;
        for (int i = 0; i < confusion.ClassCount; i++)
        {
            for (int j = 0; j < confusion.ClassCount; j++)
            {
                double weight = i == j ? 0 : Math.Pow(Math.Abs(i - j), power);
                found += weight * confusion[i, j];
                chance += weight * (classes[i].Support * (classes[j].Predicted / total));
            }
        }

        return chance == 0 ? null : 1 - (found / chance);
    }

    /// <summary>The correlation of truth and prediction (Matthews, 1975; Gorodkin, 2004); 0 when either is always the same class.</summary>
    public static double MatthewsCorrelation(ConfusionMatrix confusion, IReadOnlyList<ClassMetrics> classes)
    {
        double total = confusion.Total;
        double both = (total * confusion.Correct) - classes.Sum(c => (double)c.Support * c.Predicted);
        double truth = (total * total) - classes.Sum(c => (double)c.Support * c.Support);
        double prediction = (total * total) - classes.Sum(c => (double)c.Predicted * c.Predicted);
        return truth == 0 || prediction == 0 ? 0 : both / Math.Sqrt(truth * prediction);
    }
}
