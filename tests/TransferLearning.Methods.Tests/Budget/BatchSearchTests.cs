namespace TransferLearning.Tests;

public sealed class BatchSearchTests
{
    private readonly List<(int Size, bool Recomputes)> _tried = [];

    [Fact]
    public void Sizes_are_tried_from_small_ones_up_and_none_that_the_line_through_them_says_is_too_large()
    {
        Assert.Equal((16, false, 260), Search(32, limit: 400).Find(false, false));
        Assert.Equal([(4, false), (8, false), (16, false)], _tried); // 32 may take up to 500
    }

    [Fact]
    public void What_is_asked_for_is_taken_where_it_fits()
        => Assert.Equal((32, false, 420), Search(32, limit: 500).Find(false, false));

    [Fact]
    public void Smaller_sizes_are_tried_where_the_first_does_not_fit()
    {
        Assert.Equal((2, false, 120), Search(32, limit: 130).Find(false, false));
        Assert.Equal([(4, false), (2, false)], _tried);
    }

    [Fact]
    public void Only_divisors_are_tried_so_that_batches_add_up_to_the_one_asked_for()
    {
        Assert.Equal((10, false, 200), Search(30, limit: 225).Find(false, false));
        Assert.All(_tried, entry => Assert.Equal(0, 30 % entry.Size));
    }

    [Fact]
    public void Blocks_are_computed_again_where_nothing_else_fits()
        => Assert.Equal((4, true, 104), Search(4, limit: 109).Find(false, false));

    [Fact]
    public void Where_batch_norms_learn_blocks_are_computed_again_before_batches_get_smaller()
    {
        Assert.Equal((32, true, 132), Search(32, limit: 200).Find(false, prefersRecomputation: true));
        Assert.Equal((8, false, 180), Search(32, limit: 200).Find(false, prefersRecomputation: false));
    }

    [Fact]
    public void Nothing_fits_where_memory_runs_out_with_one_sample()
    {
        BatchSearch search = new(8, 1, 1000, (_, _) => null);

        Assert.Null(search.Find(false, false));
        Assert.Null(search.Least);
    }

    [Fact]
    public void The_smallest_batch_of_batch_norms_is_kept()
    {
        Assert.Null(Search(32, limit: 115, smallest: 2, again: 10).Find(false, true));
        Assert.All(_tried, entry => Assert.True(entry.Size >= 2));
    }

    // 100 and 10 a sample, or 1 where blocks are computed again.
    private BatchSearch Search(int asked, long limit, int smallest = 1, long again = 1) => new(asked, smallest, limit, (size, recomputes) =>
    {
        _tried.Add((size, recomputes));
        return 100 + (size * (recomputes ? again : 10));
    });
}
