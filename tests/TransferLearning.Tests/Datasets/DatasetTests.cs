namespace TransferLearning.Tests;

public class DatasetTests
{
    [Theory]
    [InlineData(100, 3, 0.8, 1)]
    [InlineData(7, 7, 0.5, 2)]
    [InlineData(1000, 10, 0.333, 3)]
    [InlineData(2, 1, 0.01, 4)]
    [InlineData(30, 10, 0.5, 5)]
    public void Split_never_overlaps_and_covers_every_sample(int count, int classes, double fraction, long seed)
    {
        NumberedDataset dataset = new(count, classes);
        (Dataset first, Dataset second) = dataset.Split(fraction, seed);
        string[] left = Names(first), right = Names(second);
        Assert.Empty(left.Intersect(right));
        Assert.Equal(Names(dataset).Order(), left.Concat(right).Order());
        Assert.Equal(left, Names(dataset.Split(fraction, seed).First));
    }

    [Fact]
    public void Split_keeps_the_mixture_of_classes_and_the_size()
    {
        // 50 of class 0, 30 of class 1, 11 of class 2, 2 of class 3, 1 of class 4
        int[] counts = [50, 30, 11, 2, 1];
        Dataset dataset = OfLabels([.. counts.SelectMany((n, label) => Enumerable.Repeat(label, n))]);
        for (long seed = 0; seed < 20; seed++)
        {
            (Dataset first, Dataset second) = dataset.Split(0.7, seed);
            Assert.Equal(66, first.Count); // 94 x 0.7 = 65.8
            for (int label = 0; label < counts.Length; label++)
            {
                int inFirst = Labels(first).Count(found => found == label);
                Assert.InRange(inFirst, (counts[label] * 0.7) - 1, (counts[label] * 0.7) + 1);
                Assert.True(counts[label] < 2 || (inFirst > 0 && Labels(second).Contains(label)));
            }
        }
    }

    [Theory]
    [InlineData(0.9)]
    [InlineData(0.1)]
    public void Split_leaves_a_class_of_two_in_both_parts(double fraction)
    {
        (Dataset first, Dataset second) = OfLabels([.. Enumerable.Repeat(0, 50), 1, 1]).Split(fraction, 0);
        Assert.Single(Labels(first), label => label == 1);
        Assert.Single(Labels(second), label => label == 1);
    }

    [Fact]
    public void Split_depends_on_the_seed() => Assert.NotEqual(
        Names(new NumberedDataset(50).Split(0.5, 1).First), Names(new NumberedDataset(50).Split(0.5, 2).First));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    public void Split_refuses_a_fraction_that_leaves_nothing(double fraction)
        => Assert.Throws<ArgumentOutOfRangeException>(() => new NumberedDataset(5).Split(fraction, 0));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(500)]
    public void Shuffle_is_a_permutation_of_its_own_for_each_seed(int count)
    {
        NumberedDataset dataset = new(count);
        Assert.Equal(Names(dataset).Order(), Names(dataset.Shuffle(5)).Order());
        Assert.Equal(Names(dataset.Shuffle(5)), Names(dataset.Shuffle(5)));
        Assert.True(count < 2 || !Names(dataset.Shuffle(5)).SequenceEqual(Names(dataset.Shuffle(6))));
    }

    [Fact]
    public void Views_of_views_pick_the_same_samples_as_lists_do()
    {
        NumberedDataset dataset = new(20, 4);
        int[] expected = [.. Enumerable.Range(0, 20).Skip(3).Take(12).Where(i => i % 4 != 1)];
        Dataset view = dataset.Skip(3).Take(12).Where(label => label != 1);
        Assert.Equal(expected.Select(dataset.NameOf), Names(view));
        Assert.Equal(expected.Select(dataset.LabelOf), Labels(view));
        Assert.Equal(dataset.NameOf(expected[2]), view.Subset([2, 2]).Read(1).Name);
        Assert.Equal(dataset.ClassNames, view.ClassNames);
        Assert.Empty(Names(dataset.Skip(99)));
        Assert.Equal(20, dataset.Take(99).Count);
    }

    [Fact]
    public void Concat_joins_in_order_even_views_of_the_same_set()
    {
        NumberedDataset left = new(5);
        Dataset right = OfLabels([0, 1, 2], classes: 3);
        Dataset joined = left.Skip(3).Concat(right).Concat(left.Take(1));
        Assert.Equal(["number 3", "number 4", "image 0", "image 1", "image 2", "number 0"], Names(joined));
        Assert.Equal([0, 1, 0, 1, 2, 0], Labels(joined));
        Assert.Equal("image 2", joined.Skip(2).Read(2).Name);
    }

    [Fact]
    public void Concat_refuses_other_classes()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new NumberedDataset(3, 2).Concat(new NumberedDataset(3, 3)));
        Assert.Contains("class 2", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(5)]
    public void Numbers_outside_are_refused(int index)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new NumberedDataset(5).Subset([index]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NumberedDataset(9).Take(5).Read(index));
        Assert.Throws<ArgumentOutOfRangeException>(() => OfLabels([0, 0, 0, 0, 0]).LabelOf(index));
    }

    [Fact]
    public void Fingerprint_changes_with_order_label_and_content_and_with_nothing_else()
    {
        string original = OfLabels([0, 1, 1]).Fingerprint;
        Assert.Equal(original, OfLabels([0, 1, 1]).Fingerprint);
        Assert.Equal(original, OfLabels([0, 1, 1]).Take(3).Fingerprint);
        Assert.NotEqual(original, OfLabels([0, 1, 0]).Fingerprint);
        Assert.NotEqual(original, OfLabels([0, 1, 1]).Take(2).Fingerprint);
        Assert.NotEqual(original, OfLabels([0, 1, 1]).Subset([0, 2, 1]).Fingerprint);
        Assert.NotEqual(original, OfLabels([0, 1, 1], value: 9).Fingerprint);
        Assert.Matches("^3-2-[0-9a-f]{32}$", original);
    }

    [Fact]
    public void Images_in_memory_are_checked()
    {
        RawImage image = new(2, 1, new byte[6]);
        Assert.Throws<ArgumentException>(() => Dataset.FromImages([image], [1], ["only"]));
        Assert.Throws<ArgumentException>(() => Dataset.FromImages([image], [-1], ["only"]));
        Assert.Throws<ArgumentException>(() => Dataset.FromImages([image], [0, 0], ["only"]));
        Assert.Throws<ArgumentException>(() => Dataset.FromImages([image with { Width = 3 }], [0], ["only"]));
        Assert.Throws<ArgumentException>(() => Dataset.FromImages([image with { Width = -2, Height = -1 }], [0], ["only"]));
        Assert.Same(image, Dataset.FromImages([image], [0], ["only"]).Read(0).Content);
    }

    private static Dataset OfLabels(int[] labels, int? classes = null, byte value = 0) => Dataset.FromImages(
        [.. labels.Select(_ => new RawImage(1, 1, new byte[] { value, 0, 0 }))],
        labels,
        [.. Enumerable.Range(0, classes ?? labels.Max() + 1).Select(i => $"class {i}")]);

    private static string[] Names(Dataset dataset) => [.. Enumerable.Range(0, dataset.Count).Select(dataset.NameOf)];

    private static int[] Labels(Dataset dataset) => [.. Enumerable.Range(0, dataset.Count).Select(dataset.LabelOf)];
}
