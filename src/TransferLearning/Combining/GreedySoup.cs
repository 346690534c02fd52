namespace TransferLearning;

/// <summary>Which of some models are averaged (Wortsman et al., "Model Soups", 2022): in the order of their scores, each that does not make
/// the mean worse.</summary>
/// <param name="Scores">What each scores alone.</param>
/// <param name="Order">In which order they were tried: by falling score, of equal ones the earlier first.</param>
/// <param name="Trials">What became of each but the first.</param>
/// <param name="Members">Those that stay, in the order in which they came in.</param>
/// <param name="Score">What the mean of the members scores.</param>
internal sealed record GreedySoup(
    IReadOnlyList<double> Scores, IReadOnlyList<int> Order, IReadOnlyList<(int Candidate, double Score, bool IsKept)> Trials,
    IReadOnlyList<int> Members, double Score)
{
    /// <summary>Chooses.</summary>
    /// <param name="count">How many models there are, at least one.</param>
    /// <param name="score">What one scores alone; more is better.</param>
    /// <param name="trial">What the mean of the members and one more scores.</param>
    /// <param name="keep">Makes one a member.</param>
    public static GreedySoup Choose(int count, Func<int, double> score, Func<int, double> trial, Action<int> keep)
    {
        double[] scores = [.. Enumerable.Range(0, count).Select(score)];
        int[] order = [.. Enumerable.Range(0, count).OrderByDescending(candidate => scores[candidate])];
        List<(int, double, bool)> trials = [];
        List<int> members = [order[0]];
        double best = scores[order[0]];
        keep(order[0]);
        foreach (int candidate in order.Skip(1))
        {
            double reached = trial(candidate);
            bool isKept = reached >= best;
            trials.Add((candidate, reached, isKept));
            if (isKept)
            {
                best = reached;
                members.Add(candidate);
                keep(candidate);
            }
        }

        return new GreedySoup(scores, order, trials, members, best);
    }
}
