namespace TransferLearning;

/// <summary>How well the scores of one class put its samples before the others.</summary>
/// <param name="RocAuc">The area under the ROC curve; null without samples of the class or without others.</param>
/// <param name="AveragePrecision">The area under the steps of precision over recall; null without samples of the class.</param>
internal readonly record struct RankingMetrics(double? RocAuc, double? AveragePrecision)
{
    /// <summary>Measures one class; sorts both spans.</summary>
    /// <param name="scores">The score of the class for each sample.</param>
    /// <param name="isMember">Whether each sample is of the class.</param>
    public static RankingMetrics Of(Span<double> scores, Span<bool> isMember)
    {
        long members = 0;
        foreach (bool member in isMember)
        {
            members += member ? 1 : 0;
        }

        long others = scores.Length - members;
        if (members == 0)
        {
            return default;
        }

        scores.Sort(isMember);
        double pairs = 0, precisionSum = 0;
        long membersAbove = 0, othersAbove = 0;
        for (int i = scores.Length - 1; i >= 0;)
        {
            long membersHere = 0, othersHere = 0;
            double threshold = scores[i];
            for (; i >= 0 && scores[i] == threshold; i--)
            {
                membersHere += isMember[i] ? 1 : 0;
                othersHere += isMember[i] ? 0 : 1;
            }

            pairs += othersHere * (membersAbove + (membersHere / 2.0));
            membersAbove += membersHere;
            othersAbove += othersHere;
            precisionSum += membersHere * (membersAbove / (double)(membersAbove + othersAbove));
        }

        return new RankingMetrics(others == 0 ? null : pairs / members / others, precisionSum / members);
    }
}
