using System.Collections.Concurrent;
using TorchSharp;

namespace TransferLearning.Tests;

public class BatchLoaderTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly LoaderOptions Skipping = new() { OnBadSample = BadSampleHandling.Skip };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Batches_are_the_same_with_any_number_of_workers(bool shuffle)
    {
        LoaderOptions options = new() { BatchSize = 7, Shuffle = shuffle, Seed = 3, Workers = 0 };
        List<Copy> expected = Read(Loader(100, options), epoch: 2);
        Assert.Equal(15, expected.Count);
        foreach (int workers in (int[])[1, 2, 5])
        {
            Assert.Equal(expected, Read(Loader(100, options with { Workers = workers, PrefetchBatches = workers - 1 }), epoch: 2));
        }
    }

    [Fact]
    public void Each_epoch_has_every_sample_once_in_an_order_of_its_own()
    {
        BatchLoader loader = Loader(50, new LoaderOptions { BatchSize = 8, Shuffle = true, Seed = 1 });
        int[] first = Order(loader, 0), second = Order(loader, 1);
        Assert.Equal(Enumerable.Range(0, 50), first.Order());
        Assert.Equal(Enumerable.Range(0, 50), second.Order());
        Assert.NotEqual(first, second);
        Assert.Equal(first, Order(loader, 0));
        Assert.NotEqual(first, Order(Loader(50, loader.Options with { Seed = 2 }), 0));
        Assert.Equal(Enumerable.Range(0, 50), Order(Loader(50, loader.Options with { Shuffle = false }), 0));
    }

    [Fact]
    public void Draws_depend_on_seed_epoch_and_number_of_the_sample_alone()
    {
        LoaderOptions single = new() { BatchSize = 1, Seed = 4, Workers = 0 };
        Dictionary<int, float[]> expected = Read(Loader(9, single), epoch: 3).ToDictionary(copy => copy.Indices[0], copy => copy.Inputs);
        Copy shuffled = Read(Loader(9, single with { BatchSize = 9, Shuffle = true }), epoch: 3).Single();
        Assert.Equal(shuffled.Indices.SelectMany(i => expected[i]), shuffled.Inputs);
        Assert.NotEqual(expected[8], Read(Loader(9, single with { Seed = 5 }), epoch: 3)[8].Inputs);
        Assert.NotEqual(expected[8], Read(Loader(9, single), epoch: 4)[8].Inputs);
    }

    [Fact]
    public void Rows_hold_the_samples_that_the_indices_and_labels_name()
    {
        BatchLoader loader = Loader(20, new LoaderOptions { BatchSize = 6, Shuffle = true });
        foreach (Batch batch in loader.Epoch(0))
        {
            using (batch)
            {
                Assert.Equal([batch.Count, 2, 3], Values(batch).shape);
                Assert.Equal((torch.float32, torch.int64), (Values(batch).dtype, batch.Targets.dtype));
                IEnumerable<float> firsts = Enumerable.Range(0, batch.Count).Select(row => Values(batch)[row, 0, 0].item<float>());
                Assert.Equal(batch.Indices.Select(i => (float)i), firsts);
                Assert.Equal(batch.Indices.Select(i => i % 3L), batch.Targets.data<long>().ToArray());
            }
        }
    }

    [Fact]
    public void Resuming_gives_the_tail_of_the_epoch_without_reading_the_rest()
    {
        LoaderOptions options = new() { BatchSize = 4, Shuffle = true, Workers = 2 };
        List<Copy> whole = Read(Loader(30, options), epoch: 1);
        for (int first = 0; first <= 8; first++)
        {
            NumberedDataset dataset = new(30);
            BatchLoader loader = new(dataset, new StubPreprocessor(), options);
            Assert.Equal(whole.Skip(first), Read(loader, epoch: 1, first));
            Assert.Equal(Math.Max(0, 30 - (first * 4)), dataset.Reads);
        }
    }

    [Theory]
    [InlineData(10, 4, false, 3)]
    [InlineData(10, 4, true, 2)]
    [InlineData(8, 4, true, 2)]
    [InlineData(3, 4, true, 0)]
    [InlineData(0, 4, false, 0)]
    public void Counts_its_batches(int samples, int size, bool dropLast, int expected)
    {
        BatchLoader loader = Loader(samples, new LoaderOptions { BatchSize = size, DropLast = dropLast });
        Assert.Equal(expected, loader.BatchCount);
        Assert.Equal(expected, Read(loader, 0).Count);
    }

    [Fact]
    public void Several_samples_are_worked_on_at_once()
    {
        using Barrier meeting = new(2); // nobody gets past it alone
        bool alone = false;
        BatchLoader loader = Loader(8, new LoaderOptions { BatchSize = 4, Workers = 2 }, _ => alone |= !meeting.SignalAndWait(Patience));
        Assert.Equal(2, Read(loader, 0).Count);
        Assert.False(alone);
    }

    [Fact]
    public void Works_ahead_of_use_but_no_further_than_asked()
    {
        StubPreprocessor transform = new();
        LoaderOptions options = new() { BatchSize = 5, Workers = 3, PrefetchBatches = 2 };
        BatchLoader loader = new(new NumberedDataset(1000), transform, options);
        using IEnumerator<Batch> batches = loader.Epoch(0).GetEnumerator();
        for (int taken = 1; taken <= 3; taken++)
        {
            Assert.True(batches.MoveNext());
            batches.Current.Dispose();
            Assert.True(SpinWait.SpinUntil(() => transform.Calls == (taken + 2) * 5, Patience));
            Thread.Sleep(20); // time in which a loader without a bound would run on
            Assert.Equal((taken + 2) * 5, transform.Calls);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Leaving_early_ends_the_threads_and_frees_every_tensor(int workers)
    {
        ConcurrentDictionary<Thread, bool> threads = new();
        BatchLoader loader = Loader(1000, new LoaderOptions { BatchSize = 5, Workers = workers }, _ =>
        {
            threads[Thread.CurrentThread] = true;
            Thread.Sleep(5); // so that threads are at work when the loop is left
        });
        foreach (Batch batch in loader.Epoch(0))
        {
            batch.Dispose();
            break;
        }

        long before = LibTorch.LiveTensorCount;
        foreach (Batch batch in loader.Epoch(1))
        {
            batch.Dispose();
            break;
        }

        Assert.Equal(before, LibTorch.LiveTensorCount);
        Assert.All(threads.Keys, thread => Assert.True(thread == Thread.CurrentThread || !thread.IsAlive));
        Assert.Equal(workers == 0, threads.ContainsKey(Thread.CurrentThread));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Ten_thousand_batches_need_the_memory_of_a_few(int workers)
    {
        long before = LibTorch.LiveTensorCount;
        long resident = 0;
        int batches = 0;
        LoaderOptions options = new() { BatchSize = 4, Workers = workers, PrefetchBatches = 2 };
        BatchLoader loader = new(new NumberedDataset(40_000), new StubPreprocessor { Size = [3, 32, 32] }, options);
        foreach (Batch batch in loader.Epoch(0))
        {
            // The inputs and the labels of this batch and of the two ahead of it.
            Assert.InRange(LibTorch.LiveTensorCount - before, 0, 6);
            batch.Dispose();
            if (++batches == 1_000)
            {
                resident = Environment.WorkingSet;
            }
        }

        Assert.Equal(10_000, batches);
        Assert.InRange(Environment.WorkingSet - resident, long.MinValue, 64 << 20); // all batches together have 490 MB
        Assert.Equal(before, LibTorch.LiveTensorCount);
    }

    [Fact]
    public void A_whole_epoch_leaves_no_tensor_behind_not_even_with_skipped_samples()
    {
        BatchLoader loader = new(
            new NumberedDataset(40, 3, 0, 7, 39), new StubPreprocessor(), Skipping with { BatchSize = 4 });
        long before = LibTorch.LiveTensorCount;
        foreach (Batch batch in loader.Epoch(0))
        {
            batch.Dispose();
        }

        Assert.Equal(before, LibTorch.LiveTensorCount);
    }

    [Theory]
    [InlineData(-1, 6, 3)] // 0 + 1 + 2 + 3 and their labels 0 + 1 + 2 + 0
    [InlineData(1, 5, 2)]
    public void Batches_outlive_the_dispose_scope_they_were_asked_for_in(int damaged, float sum, long labels)
    {
        BatchLoader loader = new(new NumberedDataset(4, 3, damaged), new StubPreprocessor(), Skipping with { BatchSize = 4 });
        Batch batch;
        using (torch.NewDisposeScope())
        {
            batch = loader.Epoch(0).First();
        }

        using (batch)
        {
            Assert.Equal(sum, Values(batch).select(1, 0).select(1, 0).sum().item<float>());
            Assert.Equal(labels, batch.Targets.sum().item<long>());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_bad_sample_stops_the_epoch_at_its_batch_and_is_named(int workers)
    {
        BatchLoader loader = new(
            new NumberedDataset(30, 3, 22, 13, 12), new StubPreprocessor(), new LoaderOptions { BatchSize = 5, Workers = workers });
        long before = LibTorch.LiveTensorCount;
        int delivered = 0;
        SampleLoadException error = Assert.Throws<SampleLoadException>(() =>
        {
            foreach (Batch batch in loader.Epoch(0))
            {
                batch.Dispose();
                delivered++;
            }
        });
        Assert.Equal((2, 12, "number 12"), (delivered, error.SampleIndex, error.SampleName));
        Assert.Contains("number 12 is damaged", error.Message, StringComparison.Ordinal);
        Assert.IsType<DatasetException>(error.InnerException);
        Assert.Equal(before, LibTorch.LiveTensorCount);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Bad_samples_can_be_skipped_and_are_reported(int workers)
    {
        BatchLoader loader = new(
            new NumberedDataset(12, 3, 0, 5, 8, 9, 10, 11), new StubPreprocessor(),
            Skipping with { BatchSize = 4, Workers = workers });
        Assert.Equal([1, 2, 3, 4, 6, 7], Order(loader, 0));
        Assert.Equal(2, Read(loader, 1).Count); // the third is empty
        Assert.Equal(12, loader.Skipped.Count);
        Assert.Equal([0, 5, 8, 9, 10, 11], loader.Skipped.Samples.Select(sample => sample.Index));
        Assert.Equal(("number 5", "number 5 is damaged"), (loader.Skipped.Samples[1].Name, loader.Skipped.Samples[1].Reason));
        List<Copy> clean = Read(Loader(12, loader.Options with { BatchSize = 1 }), 0);
        Assert.Equal(new[] { 1, 2, 3 }.SelectMany(i => clean[i].Inputs), Read(loader, 0)[0].Inputs); // rows close up
    }

    [Fact]
    public void The_list_of_skipped_samples_is_bounded()
    {
        BatchLoader loader = new(
            new NumberedDataset(300, 3, [.. Enumerable.Range(0, 300)]), new StubPreprocessor(), Skipping);
        Assert.Empty(Read(loader, 0));
        Assert.Equal((300, 100), (loader.Skipped.Count, loader.Skipped.Samples.Count));
    }

    [Fact]
    public void Mistakes_of_the_program_are_never_skipped()
    {
        BatchLoader loader = Loader(4, Skipping, _ => throw new InvalidOperationException("a mistake"));
        Assert.Equal("a mistake", Assert.Throws<InvalidOperationException>(() => Read(loader, 0)).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Cancelling_ends_the_epoch_while_a_batch_is_being_filled(int workers)
    {
        using CancellationTokenSource cancel = new();
        StubPreprocessor transform = new(number =>
        {
            if (number == 3)
            {
                cancel.Cancel();
            }

            Thread.Sleep(20);
        });
        BatchLoader loader = new(new NumberedDataset(100), transform, new LoaderOptions { BatchSize = 50, Workers = workers });
        long before = LibTorch.LiveTensorCount;
        Assert.ThrowsAny<OperationCanceledException>(() => loader.Epoch(0, 0, cancel.Token).Count());
        Assert.Equal(before, LibTorch.LiveTensorCount);
        Assert.InRange(transform.Calls, 4, 49); // the batch was not finished first
    }

    [Fact]
    public void Needs_no_thread_of_the_pool()
    {
        ManualResetEventSlim release = new();
        for (int i = 0; i < 4 * Environment.ProcessorCount; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => release.Wait(Patience), null);
        }

        try
        {
            Assert.Equal(4, Read(Loader(20, new LoaderOptions { BatchSize = 5, Workers = 2 }), 0).Count);
        }
        finally
        {
            release.Set();
        }
    }

    [Fact]
    public void Options_are_checked()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Loader(5, new LoaderOptions { BatchSize = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Loader(5, new LoaderOptions { Workers = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Loader(5, new LoaderOptions { PrefetchBatches = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Loader(5, new LoaderOptions()).Epoch(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Loader(5, new LoaderOptions()).Epoch(0, 2));
        Assert.Throws<ArgumentException>(() => new BatchLoader(new NumberedDataset(5), new StubPreprocessor { Size = [] }));
        Assert.Throws<ArgumentException>(() => new BatchLoader(new NumberedDataset(5), new StubPreprocessor { Size = [3, 0] }));
        Assert.Throws<ArgumentException>(() => new BatchLoader(new NumberedDataset(64), new StubPreprocessor { Size = [1 << 24] }));
        StubPreprocessor endless = new() { Size = [long.MaxValue, long.MaxValue, long.MaxValue] };
        Assert.Throws<ArgumentException>(() => new BatchLoader(new NumberedDataset(5), endless));
    }

    [Fact]
    public void Real_photos_are_the_same_with_any_number_of_workers()
    {
        using ImageFolder photos = ImageFolder.Open(SharedData.Path("photos/hymenoptera.zip"), "val");
        Dataset some = photos.Shuffle(1).Take(24);
        ImagePipeline pipeline = ImagePipeline.ForTraining(ImagePreprocess.ImageNet);
        LoaderOptions options = new() { BatchSize = 8, Shuffle = true };
        List<Copy> expected = Read(new BatchLoader(some, pipeline, options with { Workers = 0 }), 1);
        List<Copy> parallel = Read(new BatchLoader(some, pipeline, options with { Workers = 3 }), 1);
        Assert.Equal(3, expected.Count);
        Assert.All(expected.Zip(parallel), pair => Assert.True(pair.First.Inputs.AsSpan().SequenceEqual(pair.Second.Inputs)));
        Assert.NotEqual(0, expected[0].Inputs.Distinct().Count(value => value != 0));
    }

    private static torch.Tensor Values(Batch batch) => ((FeatureInput)batch.Input).Values;

    private static BatchLoader Loader(int samples, LoaderOptions options, Action<int>? before = null)
        => new(new NumberedDataset(samples), new StubPreprocessor(before), options);

    private static int[] Order(BatchLoader loader, int epoch) => [.. Read(loader, epoch).SelectMany(batch => batch.Indices)];

    private static List<Copy> Read(BatchLoader loader, int epoch, int firstBatch = 0)
    {
        List<Copy> copies = [];
        foreach (Batch batch in loader.Epoch(epoch, firstBatch))
        {
            using (batch)
            {
                copies.Add(
                    new Copy(
                        ((TensorInput)batch.Input).Values.data<float>().ToArray(),
                        batch.Targets.data<long>().ToArray(),
                        [.. batch.Indices]));
            }
        }

        return copies;
    }

    private sealed record Copy(float[] Inputs, long[] Labels, int[] Indices)
    {
        public bool Equals(Copy? other) => other is not null
            && Inputs.AsSpan().SequenceEqual(other.Inputs)
            && Labels.AsSpan().SequenceEqual(other.Labels)
            && Indices.AsSpan().SequenceEqual(other.Indices);

        public override int GetHashCode() => Indices.Length;
    }
}
