using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Every option of a loader is used or refused, for examples of one shape and for those of different lengths.</summary>
public sealed class LoaderOptionUseTests
{
    private const int Samples = 10;

    private static readonly Dictionary<string, Action<bool>> All = new()
    {
        [nameof(LoaderOptions.BatchSize)] = padded => Assert.Equal(
            [4, 4, 2], Sizes(padded, new LoaderOptions { BatchSize = 4 }).OrderDescending()),
        [nameof(LoaderOptions.Shuffle)] = padded
            => Assert.NotEqual(
                Order(padded, new LoaderOptions { BatchSize = 2 }), Order(padded, new LoaderOptions { BatchSize = 2, Shuffle = true })),
        [nameof(LoaderOptions.Seed)] = padded => Assert.NotEqual(
            Order(padded, new LoaderOptions { BatchSize = 2, Shuffle = true }), Order(
                padded, new LoaderOptions { BatchSize = 2, Shuffle = true, Seed = 5 })),
        [nameof(LoaderOptions.Sampler)] = padded =>
        {
            LoaderOptions options = new() { BatchSize = 2, Shuffle = true, Sampler = new ClassBalancedSampler { EpochLength = 6 } };
            Assert.Equal([2, 2, 2], Sizes(padded, options));
            Refused(padded, options with { Shuffle = false }, nameof(LoaderOptions.Sampler));
        },
        [nameof(LoaderOptions.Workers)] = padded =>
        {
            Assert.Equal(0, Watched(padded, new LoaderOptions { Workers = 0 }).ReadsElsewhere);
            Assert.Equal(Samples, Watched(padded, new LoaderOptions { Workers = 2 }).ReadsElsewhere);
        },
        [nameof(LoaderOptions.PrefetchBatches)] = padded =>
        {
            using WatchedDataset watched = new(Rows(padded));
            LoaderOptions options = new() { BatchSize = 2, Workers = 1, PrefetchBatches = 0, BatchesSortedTogether = padded ? 1 : null };
            foreach (Batch batch in Loader(padded, options, watched).Epoch(0))
            {
                using (batch)
                {
                    Assert.Equal(2 * (batch.Number + 1), watched.Reads); // nothing is read before it is asked for
                }
            }

            Assert.Throws<ArgumentOutOfRangeException>(() => Loader(padded, options with { PrefetchBatches = -1 }, watched));
        },
        [nameof(LoaderOptions.DropLast)] = padded => Assert.Equal(
            [4, 4], Sizes(padded, new LoaderOptions { BatchSize = 4, DropLast = true })),
        [nameof(LoaderOptions.SmallestBatch)] = padded
            => Assert.Equal([3, 3, 4], Sizes(padded, new LoaderOptions { BatchSize = 3, SmallestBatch = 2 }).Order()),
        [nameof(LoaderOptions.BatchesSortedTogether)] = padded =>
        {
            LoaderOptions options = new() { BatchSize = 2, BatchesSortedTogether = 1 };
            if (padded)
            {
                Assert.NotEqual(Order(padded, options), Order(padded, new LoaderOptions { BatchSize = 2 }));
            }
            else
            {
                Refused(padded, options, nameof(LoaderOptions.BatchesSortedTogether));
            }
        },
        [nameof(LoaderOptions.FixedLength)] = padded =>
        {
            LoaderOptions options = new() { BatchSize = 2, FixedLength = 20 };
            if (!padded)
            {
                Refused(padded, options, nameof(LoaderOptions.FixedLength));
                return;
            }

            foreach (Batch batch in Loader(padded, options, Rows(padded)).Epoch(0))
            {
                using (batch)
                {
                    Assert.Equal(20, ((TokenInput)batch.Input).Length);
                }
            }
        },
        [nameof(LoaderOptions.OnBadSample)] = padded =>
        {
            using WatchedDataset damaged = new(Rows(padded), damaged: 3);
            Assert.Throws<SampleLoadException>(() => Numbers(Loader(padded, new LoaderOptions(), damaged)));
            BatchLoader loader = Loader(padded, new LoaderOptions { OnBadSample = BadSampleHandling.Skip }, damaged);
            Assert.Equal(Samples - 1, Numbers(loader).Length);
            Assert.Equal(1, loader.Skipped.Count);
        },
        [nameof(LoaderOptions.PinMemory)] = padded =>
        {
            LoaderOptions options = new() { PinMemory = true };
            if (padded)
            {
                Refused(padded, options, nameof(LoaderOptions.PinMemory));
                return;
            }

            Batch batch = Loader(padded, options, Rows(padded)).Epoch(0).First();
            using (batch)
            {
                Assert.Equal(Device.CudaIsAvailable, ((ImageInput)batch.Input).Values.is_pinned());
            }
        },
    };

    public static TheoryData<string, bool> Trials => [.. All.Keys.SelectMany(option => new[] { (option, false), (option, true) })];

    [Theory]
    [MemberData(nameof(Trials))]
    public void An_option_is_used_or_refused(string option, bool padded) => All[option](padded);

    [Fact]
    public void Every_option_is_tried() => Assert.Equal(
        typeof(LoaderOptions).GetProperties().Select(property => property.Name).Order(StringComparer.Ordinal),
        All.Keys.Order(StringComparer.Ordinal));

    private static void Refused(bool padded, LoaderOptions options, string name)
        => Assert.Contains(
            name, Assert.Throws<ArgumentException>(() => Loader(padded, options, Rows(padded))).Message, StringComparison.Ordinal);

    private static int[] Sizes(bool padded, LoaderOptions options)
    {
        List<int> sizes = [];
        foreach (Batch batch in Loader(padded, options, Rows(padded)).Epoch(0))
        {
            using (batch)
            {
                sizes.Add(batch.Count);
            }
        }

        return [.. sizes];
    }

    private static int[] Order(bool padded, LoaderOptions options) => Numbers(Loader(padded, options, Rows(padded)));

    private static int[] Numbers(BatchLoader loader)
    {
        List<int> numbers = [];
        foreach (Batch batch in loader.Epoch(0))
        {
            using (batch)
            {
                numbers.AddRange(batch.Indices);
            }
        }

        return [.. numbers];
    }

    private static WatchedDataset Watched(bool padded, LoaderOptions options)
    {
        WatchedDataset watched = new(Rows(padded));
        Numbers(Loader(padded, options, watched));
        return watched;
    }

    private static BatchLoader Loader(bool padded, LoaderOptions options, Dataset dataset)
    {
        if (!padded)
        {
            return new BatchLoader(
                dataset, new ImagePipeline([new CenterCrop(4, 4)], 4, 4, ChannelValues.ImageNetMean, ChannelValues.ImageNetStd), options);
        }

        using TemporaryFolder folder = new();
        TinyText.WriteTokenizer(folder.Path);
        return new BatchLoader(dataset, new TextPreprocessor(TextTokenizer.FromFolder(folder.Path), 32), options);
    }

    private static Dataset Rows(bool padded) => padded
        ? new InMemoryDataset(
            [
                .. Enumerable
                    .Range(0, Samples)
                    .Select(
                        i => new Sample(
                            $"text {i}", 0, new TextContent(string.Join(' ', Enumerable.Repeat("good", 1 + (i * 7 % Samples))))))
            ],
            ["text"])
        : Dataset.FromImages([.. Enumerable.Range(0, Samples).Select(i => new RawImage(4, 4, new byte[48]))], new int[Samples], ["image"]);
}
