namespace TransferLearning.Reports.Tests;

public sealed class TSneTests
{
    [Fact]
    public void Clusters_stay_together_and_apart()
    {
        double[][] rows = Clusters(3, 20);
        IReadOnlyList<double[]> map = TSne.Embed(rows, new TSneOptions { Perplexity = 8, Iterations = 400 });
        int wrong = Enumerable.Range(0, rows.Length).Count(i => Nearest(map, i) / 20 != i / 20);
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void The_seed_decides_the_map()
    {
        double[][] rows = Clusters(2, 10);
        TSneOptions options = new() { Iterations = 60, Seed = 3 };
        Assert.Equal(TSne.Embed(rows, options), TSne.Embed(rows, options));
        Assert.NotEqual(TSne.Embed(rows, options), TSne.Embed(rows, options with { Seed = 4 }));
    }

    [Fact]
    public void Samples_that_are_all_alike_give_finite_places()
    {
        double[][] rows = [.. Enumerable.Range(0, 12).Select(_ => new double[] { 1, 2, 3 })];
        IReadOnlyList<double[]> map = TSne.Embed(rows, new TSneOptions { Iterations = 50 });
        Assert.All(map.SelectMany(place => place), value => Assert.True(double.IsFinite(value)));
    }

    [Fact]
    public void Too_many_samples_are_refused_with_the_remedy()
    {
        double[][] rows = [.. Enumerable.Range(0, TSne.MaximumSamples + 1).Select(i => new double[] { i })];
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => TSne.Embed(rows));
        Assert.Contains("Take a random part", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_are_no_rows_are_refused()
    {
        Assert.Throws<ArgumentException>(() => TSne.Embed([[1, 2], [3], [4, 5]]));
        Assert.Throws<ArgumentException>(() => PrincipalComponents.Of([[1, double.NaN]], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => PrincipalComponents.Of([[1, 2], [3, 4]], 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => NeighbourProbabilities.Of([[1], [2], [3]], 3));
    }

    [Fact]
    public void Cancelling_ends_it()
    {
        using CancellationTokenSource cancel = new();
        cancel.Cancel();
        Assert.Throws<OperationCanceledException>(() => TSne.Embed(Clusters(2, 5), cancellationToken: cancel.Token));
    }

    private static double[][] Clusters(int clusters, int each)
    {
        SeededRandom random = new(1);
        List<double[]> rows = [];
        for (int i = 0; i < clusters * each; i++)
        {
            double[] row = new double[5];
            for (int j = 0; j < row.Length; j++)
            {
                row[j] = (j == i / each ? 10 : 0) + random.NextDouble(-1, 1);
            }

            rows.Add(row);
        }

        return [.. rows];
    }

    private static int Nearest(IReadOnlyList<double[]> map, int i) => Enumerable.Range(0, map.Count)
        .Where(j => j != i)
        .MinBy(j => Math.Pow(map[i][0] - map[j][0], 2) + Math.Pow(map[i][1] - map[j][1], 2));
}
