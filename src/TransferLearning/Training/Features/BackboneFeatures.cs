using Microsoft.Extensions.Logging;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>Gets the features that a backbone gives for data sets, from a cache or by running it.</summary>
/// <param name="network">The network.</param>
/// <param name="device">Where it lives.</param>
/// <param name="identity">What makes the network what it is besides its weights: architecture and options.</param>
/// <param name="cache">Where features are looked up and kept; null means in memory, for this use alone.</param>
/// <param name="logger">Told what is found and what is worked out.</param>
/// <param name="precision">The number type that it may be run in.</param>
/// <param name="unlimited">Without a cache: whether there may be more than a quarter of the memory.</param>
internal sealed class BackboneFeatures(ImageNetwork network, Device device, string identity, FeatureCache? cache, ILogger logger, Precision precision, bool unlimited = false)
{
    /// <summary>The features of every sample.</summary>
    /// <param name="dataset">The samples.</param>
    /// <param name="transform">How they are prepared; if it draws, view k draws what epoch k would.</param>
    /// <param name="reading">Batch size, workers, seed, damaged samples; the order is that of the data set.</param>
    /// <param name="views">How many views of each sample there shall be.</param>
    /// <param name="progress">Told how many samples have been worked out.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>; a cache keeps what is done.</param>
    /// <returns>The features; null if they are more than the cache may keep.</returns>
    public FeatureRows? Of(
        Dataset dataset, ISampleTransform transform, LoaderOptions reading, int views, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        reading = reading with { Shuffle = false, DropLast = false };
        Precision form = InferenceForm.PrecisionOn(device, precision); // it changes the numbers, so features are kept under it
        FeatureRequest request = new(
            cache is null ? 0 : FeatureHash.OfBackbone(network, $"{identity};{form}", transform, cache.Options.Precision),
            dataset.Count,
            Keys(dataset, transform, reading, views, cancellationToken),
            reading.OnBadSample == BadSampleHandling.Throw,
            () => FeatureExtraction.Shape(network, device.ToTorch(), transform.Shape),
            (missing, writer) => Compute(dataset, transform, reading, missing, writer, progress, cancellationToken));
        return (cache ?? new FeatureCache(new FeatureCacheOptions { MaxMemoryBytes = unlimited ? long.MaxValue : null })).Rows(request, logger, cancellationToken);
    }

    private UInt128?[] Keys(Dataset dataset, ISampleTransform transform, LoaderOptions reading, int views, CancellationToken cancellationToken)
    {
        int count = dataset.Count;
        UInt128?[] keys = new UInt128?[(long)count * views];
        if (cache is null)
        {
            // Nobody else will look for these.
            return [.. Enumerable.Range(0, keys.Length).Select(item => (UInt128?)(UInt128)item)];
        }

        ParallelOptions threads = new() { MaxDegreeOfParallelism = Math.Max(reading.Workers, 1), CancellationToken = cancellationToken };
        Exception? failure = null;
        int failed = -1;
        Parallel.For(0, count, threads, (index, loop) =>
        {
            try
            {
                UInt128 sample = FeatureHash.OfSample(dataset, index, cache.Options.Identity);
                for (int view = 0; view < views; view++)
                {
                    keys[((long)view * count) + index] = transform.IsDeterministic ? sample : FeatureHash.OfView(sample, reading.Seed, view, index);
                }
            }
            catch (Exception exception) when (exception is IOException or MediaException)
            {
                if (reading.OnBadSample == BadSampleHandling.Throw)
                {
                    (failed, failure) = (index, exception);
                    loop.Stop();
                }
            }
        });
        return failure is null ? keys : throw Failed(dataset, failed, failure);
    }

    private void Compute(
        Dataset dataset,
        ISampleTransform transform,
        LoaderOptions reading,
        IReadOnlyList<int> missing,
        FeatureWriter writer,
        IProgress<int>? progress,
        CancellationToken cancellationToken)
    {
        int done = 0;
        network.eval();

        // By the size of the whole, so that what was missing is worked out as the rest was, to the bit.
        using InferenceForm form = new(network, device, precision, logger, InferenceForm.Passes(dataset.Count, reading.BatchSize));
        if (transform.IsDeterministic)
        {
            // Without draws the number of a sample does not matter, so only what is missing is read.
            Dataset part = missing.Count == dataset.Count ? dataset : dataset.Subset(missing);
            try
            {
                Run(new BatchLoader(part, transform, reading), 0, 0, index => missing[index]);
            }
            catch (SampleLoadException exception) when (!ReferenceEquals(part, dataset))
            {
                throw Failed(dataset, missing[exception.SampleIndex], exception.InnerException!);
            }

            return;
        }

        BatchLoader loader = new(dataset, transform, reading);
        foreach (IGrouping<int, int> view in missing.GroupBy(item => item / dataset.Count))
        {
            int first = view.Key * dataset.Count;
            HashSet<int> wanted = [.. view];
            Run(loader, view.Key, (view.First() - first) / reading.BatchSize, index => wanted.Contains(first + index) ? first + index : null);
        }

        void Run(BatchLoader batches, int epoch, int firstBatch, Func<int, int?> item)
        {
            int next = firstBatch * reading.BatchSize;
            FeatureExtraction.Run(
                form,
                device.ToTorch(),
                batches.Epoch(epoch, firstBatch, cancellationToken),
                (batch, features) =>
                {
                    Take(batch, features);
                    progress?.Report(done);
                },
                cancellationToken);
            SkipTo(batches.Dataset.Count);

            void Take(Batch batch, Tensor features)
            {
                List<int> items = [];
                List<long> rows = [];
                for (int row = 0; row < batch.Count; row++)
                {
                    SkipTo(batch.Indices[row]);
                    next++;
                    if (item(batch.Indices[row]) is { } wanted)
                    {
                        items.Add(wanted);
                        rows.Add(row);
                    }
                }

                done += items.Count;
                if (items.Count > 0)
                {
                    writer.Add(items, items.Count == batch.Count ? features : features.index_select(0, tensor(rows.ToArray(), device: features.device)));
                }
            }

            // What the loader did not deliver is damaged; or its file cannot be reached just now, which is not worth remembering.
            void SkipTo(int index)
            {
                for (; next < index; next++)
                {
                    if (item(next) is { } damaged && IsReadable(batches.Dataset, next))
                    {
                        writer.AddDamaged(damaged);
                    }
                }
            }
        }
    }

    private static bool IsReadable(Dataset dataset, int index)
    {
        try
        {
            dataset.Read(index);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static SampleLoadException Failed(Dataset dataset, int index, Exception cause)
        => new(dataset.NameOf(index), index, $"Sample {index} of {dataset}, '{dataset.NameOf(index)}', could not be loaded: {cause.Message}", cause);
}
