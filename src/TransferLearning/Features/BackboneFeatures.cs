using System.Collections;

namespace TransferLearning;

/// <summary>
/// Gets what the frozen part of a network gives for data sets, from a cache or by running it: the one place where batches run through a
/// backbone alone.
/// </summary>
/// <param name="part">The part of the network.</param>
/// <param name="device">Where it is.</param>
/// <param name="identity">What makes the network what it is besides its weights: architecture and options.</param>
/// <param name="cache">Where features are looked up and kept; null means in memory, for this use alone.</param>
/// <param name="logger">Receives what is found and what is computed.</param>
/// <param name="precision">The number type that it may be run in.</param>
/// <param name="ranks">The processes that share the work.</param>
/// <param name="unlimited">Without a cache: whether there may be more than a quarter of the memory.</param>
/// <param name="measures">Whether the form that the part runs in is chosen by measuring; else it is the same in every process.</param>
internal sealed class BackboneFeatures(
    FrozenPart part, Device device, Lazy<string> identity, FeatureCache? cache, ILogger logger, Precision precision, Ranks ranks,
    bool unlimited = false, bool measures = true)
{
    private readonly bool _measures = measures && ranks.IsAlone;

    /// <summary>The features of every sample.</summary>
    /// <param name="dataset">The samples.</param>
    /// <param name="preprocessor">How they are preprocessed; if it draws, view k draws what epoch k would.</param>
    /// <param name="reading">Batch size, workers, seed, damaged samples; the order is that of the data set.</param>
    /// <param name="views">How many views of each sample there shall be.</param>
    /// <param name="progress">Receives how many samples have been computed.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>; a cache keeps what is done.</param>
    /// <param name="enough">Ends computing where samples are preprocessed without draws: some have no features then, drawn at
    /// random.</param>
    /// <returns>The features; null if they are more than the cache may keep.</returns>
    public FeatureRows? Of(
        Dataset dataset, Preprocessor preprocessor, LoaderOptions reading, int views, IProgress<int>? progress,
        CancellationToken cancellationToken, CancellationToken enough = default)
    {
        reading = reading with { Shuffle = false, DropLast = false, SmallestBatch = 1, Shard = ranks.Shard };
        if (!ranks.IsFirst)
        {
            if (ranks.FromFirst<int[]>([]) is { Length: > 0 } missing)
            {
                Compute(dataset, preprocessor, reading, missing, null, null, cancellationToken, enough);
            }

            return SharedFeatures.Spread(ranks, null);
        }

        bool hasBegun = false;
        FeatureRows? rows = null;
        ranks.Guard(() => rows = Find((missing, writer) =>
        {
            hasBegun = true;
            ranks.FromFirst(missing.ToArray());
            Compute(dataset, preprocessor, reading, missing, writer, progress, cancellationToken, enough);
        }));
        if (ranks.IsAlone)
        {
            return rows;
        }

        if (!hasBegun)
        {
            ranks.FromFirst<int[]>([]);
        }

        return SharedFeatures.Spread(ranks, rows);

        FeatureRows? Find(Action<IReadOnlyList<int>, FeatureWriter> compute)
            => Rows(dataset, preprocessor, reading, views, compute, cancellationToken);
    }

    // Maps and tokens are many times as large.
    private FeaturePrecision PlainPrecision => part.Stage is null ? FeaturePrecision.Float32 : FeaturePrecision.Float16;

    /// <summary>How many bytes are kept of a sample; null where that depends on the sample.</summary>
    public long? BytesOfRow(Preprocessor preprocessor)
        => part.Stage is not null && preprocessor is PaddedPreprocessor
            ? null
            : FeatureChunkHeader.BytesOfRow(cache?.Options.Precision ?? PlainPrecision, Shape(preprocessor, null));

    private FeatureRows? Rows(
        Dataset dataset, Preprocessor preprocessor, LoaderOptions reading, int views, Action<IReadOnlyList<int>, FeatureWriter> compute,
        CancellationToken cancellationToken)
    {
        Precision form = Form(dataset, preprocessor, reading); // it changes the numbers, so features are kept under it
        FeatureCacheOptions plain = new()
        {
            MaxMemoryBytes = unlimited ? long.MaxValue : null,
            Precision = PlainPrecision,
        };
        long? longest = part.Stage is not null && preprocessor is PaddedPreprocessor padded ? Longest(dataset, padded) : null;
        string use = part.Stage is null ? $"{form}" : $"{form};before {part.Stage};{longest}";
        FeatureRequest request = new(
            cache is null ? 0 : FeatureHash.OfBackbone(part, $"{identity.Value};{use}", preprocessor, cache.Options.Precision),
            dataset.Count,
            Keys(dataset, preprocessor, reading, views, cancellationToken),
            reading.OnBadSample == BadSampleHandling.Throw,
            () => Shape(preprocessor, longest),
            compute);
        FeatureRows? rows = (cache ?? new FeatureCache(plain)).Rows(request, logger, cancellationToken);

        // The other processes have no cache: theirs must fit into memory.
        return rows is not null && !ranks.IsAlone
            && rows.Count * (long)rows.Views * FeatureChunkHeader.BytesOfRow(FeaturePrecision.Float32, [.. rows.Shape]) > plain.MemoryLimit
                ? null
                : rows;
    }

    // Features that are kept are all of one form, also what is missing later, so it is chosen before any is computed.
    private Precision Form(Dataset dataset, Preprocessor preprocessor, LoaderOptions reading)
    {
        Precision form = OptimizedInference.PrecisionOn(device, precision);
        if (_measures && cache is not null && form != Precision.Float32)
        {
            part.Network.eval();
            using InferencePass pass = new(part.Network, device, precision, logger, dataset.Count, reading.BatchSize);
            using TrialInput trial = new(
                preprocessor,
                Math.Min(reading.BatchSize, dataset.Count),
                () => TrialInput.FirstBatch(dataset, preprocessor, reading));
            form = trial.Examples is { } examples ? pass.Settle(part, examples) : form;
        }

        precision = cache is null ? precision : form;
        return form;
    }

    private UInt128?[] Keys(
        Dataset dataset, Preprocessor preprocessor, LoaderOptions reading, int views, CancellationToken cancellationToken)
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
                    keys[((long)view * count) + index] = preprocessor.IsDeterministic
                        ? sample
                        : FeatureHash.OfView(sample, reading.Seed, view, index);
                }
            }
            catch (Exception exception) when (SampleLoadException.IsAboutSample(exception))
            {
                if (reading.OnBadSample == BadSampleHandling.Throw)
                {
                    (failed, failure) = (index, exception);
                    loop.Stop();
                }
            }
        });
        return failure is null ? keys : throw new SampleLoadException(dataset, failed, failure);
    }

    // Found by one run over zeros where samples have one shape, unless what comes next takes vectors.
    private long[] Shape(Preprocessor preprocessor, long? longest)
    {
        bool areVectors = part.Stage is null && part.Network is ImageNetwork { Head: Linear };
        if (preprocessor is not StackedPreprocessor stacked || areVectors)
        {
            return longest is { } length ? [length, part.Network.FeatureCount] : [part.Network.FeatureCount];
        }

        part.Network.eval();
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using ModelInput input = stacked.ToInput(zeros([1, .. stacked.Shape], device: device.ToTorch()));
        return part.Forward(input).shape[1..];
    }

    // How many tokens the longest sample has, those that cannot be read left out; at least 1.
    private static long Longest(Dataset dataset, PaddedPreprocessor preprocessor)
    {
        PaddedPreprocessor counting = (PaddedPreprocessor)preprocessor.Fresh(); // what it truncates is counted where it is used
        int longest = 1;
        for (int index = 0; index < dataset.Count; index++)
        {
            try
            {
                SeededRandom random = new(0, index);
                longest = Math.Max(longest, counting.Apply(dataset.Read(index), ref random).Length);
            }
            catch (Exception exception) when (SampleLoadException.IsAboutSample(exception))
            {
                // Whoever reads it for the features says so.
            }
        }

        return longest;
    }

    private void Compute(
        Dataset dataset,
        Preprocessor preprocessor,
        LoaderOptions reading,
        IReadOnlyList<int> missing,
        FeatureWriter? writer,
        IProgress<int>? progress,
        CancellationToken cancellationToken,
        CancellationToken enough)
    {
        int done = 0;
        part.Network.eval();

        // By the size of the whole, so that what was missing is computed as the rest was, to the bit.
        using InferencePass form = new(
            part.Network, device, precision, logger, dataset.Count, reading.BatchSize, _measures && cache is null);

        // Not inference_mode: tensors made under it can never take part in a backward pass, and these feed a trained head.
        using IDisposable guard = no_grad();
        if (preprocessor.IsDeterministic)
        {
            // Without draws the number of a sample does not matter, so only what is missing is read.
            if (enough.CanBeCanceled)
            {
                missing = [.. EpochOrder.Shuffled(missing.Count, reading.Seed, 0).Select(place => missing[place])];
            }

            Dataset part = missing.Count == dataset.Count && !enough.CanBeCanceled ? dataset : dataset.Subset(missing);
            try
            {
                Run(new BatchLoader(part, preprocessor, reading), 0, 0, index => missing[index]);
            }
            catch (SampleLoadException exception) when (!ReferenceEquals(part, dataset))
            {
                throw new SampleLoadException(dataset, missing[exception.SampleIndex], exception.InnerException!);
            }

            return;
        }

        BatchLoader loader = new(dataset, preprocessor, reading);
        foreach (IGrouping<int, int> view in missing.GroupBy(item => item / dataset.Count))
        {
            int first = view.Key * dataset.Count;
            HashSet<int> wanted = [.. view];
            Run(
                loader,
                view.Key,
                (view.First() - first) / reading.BatchSize,
                index => wanted.Contains(first + index) ? first + index : null);
        }

        void Run(BatchLoader batches, int epoch, int firstBatch, Func<int, int?> item)
        {
            BitArray delivered = new(batches.SampleCount);
            using BatchRounds rounds = new(batches.Epoch(epoch, firstBatch, cancellationToken), ranks.Size);
            for (int end = firstBatch; end < batches.BatchCount;)
            {
                if (enough.IsCancellationRequested && preprocessor.IsDeterministic)
                {
                    return;
                }

                end += ranks.Size;
                using DisposeScope scope = NewDisposeScope();
                IReadOnlyList<int> indices = [];
                Tensor? features = null;
                ranks.Guard(() =>
                {
                    using Batch? batch = rounds.Next(end);
                    (indices, features) = batch is null ? ([], null) : (batch.Indices, Padded(form.Run(part, batch.Input), writer?.Shape));
                });
                foreach ((IReadOnlyList<int> samples, Tensor rows) in SharedFeatures.Gather(ranks, indices, features))
                {
                    ranks.Guard(() => Take(samples, rows));
                }
            }

            if (writer is null)
            {
                return;
            }

            // What the loader did not deliver is damaged; or its file cannot be reached just now, which is not worth remembering.
            for (int index = firstBatch * reading.BatchSize; index < delivered.Count; index++)
            {
                if (!delivered[index] && item(index) is { } damaged && IsReadable(batches.Dataset, index))
                {
                    writer.AddDamaged(damaged);
                }
            }

            void Take(IReadOnlyList<int> samples, Tensor features)
            {
                List<int> items = [];
                List<long> rows = [];
                for (int row = 0; row < samples.Count; row++)
                {
                    delivered[samples[row]] = true;
                    if (item(samples[row]) is { } wanted)
                    {
                        items.Add(wanted);
                        rows.Add(row);
                    }
                }

                done += items.Count;
                if (items.Count > 0)
                {
                    writer!.Add(
                        items,
                        items.Count == samples.Count
                            ? features
                            : features.index_select(0, tensor(rows.ToArray(), device: features.device)));
                }

                progress?.Report(done);
            }
        }
    }

    // Rows of one shape: sequences are filled up with zeros to the longest.
    private static Tensor Padded(Tensor features, IReadOnlyList<long>? shape)
        => shape is { Count: 2 } && features.size(1) < shape[0]
            ? nn.functional.pad(features, [0, 0, 0, shape[0] - features.size(1)])
            : features;

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
}
