using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class OpenMpThreadsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    public void Each_piece_is_done_once_by_a_worker_that_has_a_number(int pieces)
    {
        LibTorch.Load();
        int[] done = new int[pieces], workers = new int[pieces];

        OpenMpThreads.Run(pieces, (worker, piece) =>
        {
            Interlocked.Increment(ref done[piece]);
            workers[piece] = worker;
        });

        Assert.All(done, times => Assert.Equal(1, times));
        Assert.All(workers, worker => Assert.InRange(worker, 0, Math.Min(get_num_threads(), pieces) - 1));
    }

    [Fact]
    public void What_a_piece_throws_is_thrown_where_the_work_was_begun()
    {
        LibTorch.Load();

        InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(
            () => OpenMpThreads.Run(64, (_, piece) =>
            {
                if (piece == 40)
                {
                    throw new InvalidOperationException("the fortieth");
                }
            }));

        Assert.Equal("the fortieth", thrown.Message);
    }

    [Fact]
    public void Several_threads_may_begin_work_and_collect_garbage_meanwhile()
    {
        LibTorch.Load();
        long[] sums = new long[8];

        Parallel.For(0, sums.Length, caller => OpenMpThreads.Run(200, (_, piece) =>
        {
            string text = new('x', piece);
            if (piece % 50 == 0)
            {
                GC.Collect();
            }

            Interlocked.Add(ref sums[caller], text.Length);
        }));

        Assert.All(sums, sum => Assert.Equal(199 * 100, sum));
    }

    [Fact]
    public void LibTorch_for_Linux_has_the_threads()
    {
        LibTorch.Load();

        Assert.True(OpenMpThreads.AreThere || !OperatingSystem.IsLinux());
    }
}
