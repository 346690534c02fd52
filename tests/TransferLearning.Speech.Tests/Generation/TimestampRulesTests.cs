namespace TransferLearning.Tests;

public sealed class TimestampRulesTests
{
    // Words are 0 to 3, 4 ends the text, 5 says that no times come, 6 to 11 are times.
    private static readonly TimestampRules Rules = new(First: 6, End: 4, None: 5, LatestFirst: 2);

    [Fact]
    public void A_text_begins_with_a_time_that_is_not_late() => Assert.Equal([6, 7, 8], Allowed([]));

    [Fact]
    public void A_word_follows_the_time_that_begins_a_piece() => Assert.Equal([0, 1, 2, 3, 4], Allowed([6]));

    [Fact]
    public void After_words_comes_another_word_or_a_later_time() => Assert.Equal([0, 1, 2, 3, 4, 8, 9, 10, 11], Allowed([7, 0]));

    [Fact]
    public void The_time_that_ends_a_piece_is_followed_by_a_time_or_the_end() => Assert.Equal([4, 8, 9, 10, 11], Allowed([6, 0, 8]));

    [Fact]
    public void A_pair_of_times_is_followed_by_words() => Assert.Equal([0, 1, 2, 3, 4], Allowed([6, 0, 8, 8]));

    [Fact]
    public void A_time_is_written_where_all_of_them_together_are_likelier_than_the_likeliest_word()
        => Assert.Equal([8, 9, 10, 11], Allowed([7, 0], wordLogit: -1));

    private static int[] Allowed(int[] written, float wordLogit = 5)
    {
        float[] logits = [wordLogit, wordLogit, wordLogit, wordLogit, wordLogit, 0, 0, 0, 0, 0, 0, 0];
        Rules.Apply(logits, written);
        return [.. Enumerable.Range(0, logits.Length).Where(token => !float.IsNegativeInfinity(logits[token]))];
    }
}
