using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class DataQualityTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(9)]
    [InlineData(14)]
    public void Close_hashes_are_the_pairs_that_comparing_each_with_each_finds(int distance)
    {
        ulong[] hashes = Hashes(400, 7);
        SimilarPair[] expected =
        [
            .. Enumerable.Range(0, hashes.Length)
                .SelectMany(i => Enumerable.Range(i + 1, hashes.Length - i - 1)
                    .Select(j => new SimilarPair(i, j, ImageHash.Distance(hashes[i], hashes[j]))))
                .Where(pair => pair.Measure <= distance),
        ];
        Assert.Equal(expected, HashNeighbours.Pairs(hashes, distance).OrderBy(pair => pair.First).ThenBy(pair => pair.Second));
        Assert.Equal(distance > 0, expected.Any(pair => pair.Measure > 0));
    }

    [Fact]
    public void Equal_hashes_are_paired_with_the_first_of_them_so_that_many_give_no_more_pairs_than_samples()
    {
        SimilarPair[] pairs = [.. HashNeighbours.Pairs([.. Enumerable.Repeat(5UL, 1000), 4UL], 2)];
        Assert.Equal(1000, pairs.Length);
        Assert.Single(NearDuplicates.Groups(1001, pairs));
        Assert.Throws<ArgumentOutOfRangeException>(() => HashNeighbours.Pairs([1], 33).ToArray());
    }

    [Fact]
    public void Near_duplicates_across_tiles_and_sets_are_found_with_their_cosine()
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(1);
        Tensor features = randn([5000, 12], generator: generator);
        features[4500].copy_(features[3].mul(2.0));
        Tensor others = randn([3000, 12], generator: generator);
        others[2900].copy_(features[17].add(0.001));
        SimilarPair inside = Assert.Single(NearDuplicates.Pairs(features, 0.9999));
        Assert.Equal((3, 4500), (inside.First, inside.Second));
        Assert.Equal(1, inside.Measure, 1e-6);
        SimilarPair across = Assert.Single(NearDuplicates.Pairs(features, others, 0.9999));
        Assert.Equal((17, 2900), (across.First, across.Second));
        Assert.Throws<ArgumentException>(() => NearDuplicates.Pairs(features, others[.., ..3], 0.9));
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => NearDuplicates.Pairs(features, 0.9, cancelled.Token).ToArray());
    }

    [Fact]
    public void A_sample_alone_or_beside_its_copies_is_measured_in_blocks_as_it_is_in_one()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor features = zeros(40, 3);
        features[7].fill_(5);
        KnnOutliers outliers = KnnOutliers.Of(features, 5);
        Assert.Equal(7, outliers.RankByKthDistance()[0]);
        Assert.Equal(Math.Sqrt(75), outliers.MeanDistances[7], 1e-12);
        Assert.All(Enumerable.Range(0, 40).Where(i => i != 7), i => Assert.Equal(0, outliers.KthDistances[i]));
        Assert.Equal([-1], KnnOutliers.Of(features[..1], 5).Nearest);
    }

    [Fact]
    public void Labels_that_were_changed_are_found_out_of_fold()
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(3);
        int[] labels = [.. Enumerable.Range(0, 300).Select(i => i % 3)];
        Tensor features = randn([300, 4], generator: generator).mul(0.3);
        for (int i = 0; i < labels.Length; i++)
        {
            features[i, labels[i]].add_(2);
        }

        int[] wrong = [5, 66, 121, 250];
        foreach (int sample in wrong)
        {
            labels[sample] = (labels[sample] + 1) % 3;
        }

        (double[,] folds, bool[] wasHeldOut) = new LogisticProbe { C = 1 }.OutOfFold(features, labels, 4, default);
        Assert.All(wasHeldOut, Assert.True);
        Assert.All(Enumerable.Range(0, 300), i => Assert.Equal(1, folds[i, 0] + folds[i, 1] + folds[i, 2], 1e-9));
        Assert.All(Enumerable.Range(0, 300), i => Assert.Equal(0, folds[i, 3])); // a class without samples
        ConfidentLearning analysis = new(folds, labels);
        Assert.Equal(wrong, ConfidentLearning.Rank(analysis.NormalizedMargin()).Take(4).Order());
        Assert.Equal(wrong, analysis.Issues(LabelIssueMethod.Both));
        Assert.All(wrong, sample => Assert.Equal(sample % 3, analysis.Predicted(sample)));
    }

    [Fact]
    public void The_only_sample_of_a_class_is_not_held_out()
    {
        using DisposeScope scope = NewDisposeScope();
        (double[,] folds, bool[] wasHeldOut) = new LogisticProbe { C = 1 }.OutOfFold(randn(7, 2), [0, 0, 0, 1, 1, 1, 2], 3, default);
        Assert.Equal([true, true, true, true, true, true, false], wasHeldOut);
        Assert.Equal(1, folds[6, 0] + folds[6, 1] + folds[6, 2], 1e-9);
        Assert.Throws<ArgumentException>(() => new LogisticProbe { C = 1 }.OutOfFold(randn(2, 2), [1, 1], 3, default));
    }

    [Fact]
    public void Wrong_probabilities_and_labels_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new ConfidentLearning(new[,] { { 0.5, 0.5 } }, [0, 1]));
        Assert.Throws<ArgumentException>(() => new ConfidentLearning(new[,] { { 0.5, 0.5 } }, [2]));
        Assert.Throws<ArgumentException>(() => new ConfidentLearning(new[,] { { 0.5, double.NaN } }, [0]));
        Assert.Throws<ArgumentException>(() => new ClassBalance([0, 0]));
    }

    [Fact]
    public void K_centre_continues_from_samples_that_are_there_and_herding_stays_near_the_mean()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor line = arange(11, ScalarType.Float32).view(11, 1);
        Assert.Equal([10, 5], CoreSet.KCentre(line, [0], 2).Order);
        Assert.Equal([5, 0, 10], CoreSet.KCentre(line, Array.Empty<int>(), 3).Order); // begins in the middle
        Assert.Equal(5, CoreSet.Herding(line, 1)[0]);
        Assert.Equal(11, CoreSet.Herding(line, 11).Distinct().Count());
        Assert.Throws<ArgumentOutOfRangeException>(() => CoreSet.KCentre(line, [0], 11));
        Assert.Throws<ArgumentOutOfRangeException>(() => CoreSet.Herding(line, 0));
        Assert.Throws<ArgumentException>(() => CoreSet.Herding(full(3, 2, double.NaN), 2));
    }

    [Fact]
    public void Classes_share_a_core_set_by_their_size()
    {
        int[] labels = [0, 0, 0, 0, 0, 0, 1, 1, 1, 2];
        IReadOnlyList<int> chosen = CoreSet.ClassByClass(labels, 5, (_, count) => [.. Enumerable.Range(0, count)]);
        Assert.Equal([0, 1, 2, 6, 7], chosen);
    }

    [Fact]
    public void The_least_certain_samples_without_labels_come_next()
    {
        double[,] p = { { 0.9, 0.1, 0 }, { 0.5, 0.45, 0.05 }, { 0.4, 0.3, 0.3 }, { 0.51, 0.49, 0 } };
        Assert.Equal([3, 1], ActiveSelection.Next(p, [], 2));
        Assert.Equal([1, 2], ActiveSelection.Next(p, [3], 2));
        Assert.Equal([2, 1], ActiveSelection.Next(p, [], 2, ActiveStrategy.Entropy));
        Assert.Equal([0, 2], CoreSet.ByMargin(p, 2, largest: true));
        Assert.Throws<ArgumentOutOfRangeException>(() => ActiveSelection.Next(p, [3], 4));
        Assert.Throws<ArgumentException>(() => ActiveSelection.Next(p, [], 1, ActiveStrategy.CoreSet));
    }

    // Some random hashes, each followed by one that differs in few bits.
    private static ulong[] Hashes(int count, int seed)
    {
        SeededRandom random = new(seed);
        ulong[] hashes = new ulong[count];
        for (int i = 0; i < count; i++)
        {
            hashes[i] = ((ulong)(uint)random.NextInt32(int.MaxValue) << 33) ^ (uint)random.NextInt32(int.MaxValue);
            for (int flips = 0; i % 2 == 1 && flips < i % 12; flips++)
            {
                hashes[i] = (flips == 0 ? hashes[i - 1] : hashes[i]) ^ (1UL << random.NextInt32(64));
            }
        }

        return hashes;
    }
}
