namespace TransferLearning.Tests;

public sealed class SweepBracketTests
{
    [Fact]
    public void Brackets_are_those_of_the_paper_for_81_epochs_and_one_of_three()
    {
        string[] brackets = [.. SweepBracket.Hyperband(81, 1, 3).Select(Shown)];

        Assert.Equal(
            [
                "4: 81x1 27x3 9x9 3x27 1x81",
                "3: 34x3 11x9 3x27 1x81",
                "2: 15x9 5x27 1x81",
                "1: 8x27 2x81",
                "0: 5x81",
            ],
            brackets);
    }

    [Theory]
    [InlineData(1, 1, 3, "0: 1x1")]
    [InlineData(9, 1, 3, "2: 9x1 3x3 1x9 | 1: 5x3 1x9 | 0: 3x9")]
    [InlineData(16, 1, 2, "4: 16x1 8x2 4x4 2x8 1x16 | 3: 10x2 5x4 2x8 1x16 | 2: 7x4 3x8 1x16 | 1: 5x8 2x16 | 0: 5x16")]
    [InlineData(27, 3, 3, "2: 9x3 3x9 1x27 | 1: 5x9 1x27 | 0: 3x27")]
    [InlineData(20, 1, 3, "2: 9x2 3x7 1x20 | 1: 5x7 1x20 | 0: 3x20")]
    public void Brackets_follow_from_the_largest_and_the_smallest_number_of_epochs(int maximum, int minimum, int eta, string expected)
        => Assert.Equal(expected, string.Join(" | ", SweepBracket.Hyperband(maximum, minimum, eta).Select(Shown)));

    [Theory]
    [InlineData(9, 9, 1, "9x1 3x3 1x9")]
    [InlineData(20, 81, 1, "20x9 6x27 2x81")]
    [InlineData(100, 9, 1, "100x1 33x3 11x9")]
    [InlineData(2, 9, 1, "2x9")]
    [InlineData(27, 27, 3, "27x3 9x9 3x27")]
    public void Halving_has_as_many_rungs_as_configurations_and_epochs_allow(int count, int maximum, int minimum, string expected)
        => Assert.Equal($"0: {expected}", Shown(SweepBracket.Halving(count, maximum, minimum, 3)));

    private static string Shown(SweepBracket bracket)
        => $"{bracket.Number}: {string.Join(' ', bracket.Rungs.Select(rung => $"{rung.Configurations}x{rung.Epochs}"))}";
}
