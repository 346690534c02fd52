namespace TransferLearning;

/// <summary>
/// Makes batches of texts of similar lengths, so that little is padding. The order depends on seed and epoch alone, not on the number of
/// threads: samples are shuffled, and runs of some hundred of them are sorted by length, cut into batches and those shuffled again.
/// </summary>
/// <param name="dataset">The samples.</param>
/// <param name="encoding">Makes tokens and labels of them.</param>
/// <param name="options">Batch size, seed and more.</param>
internal sealed class TextLoader(Dataset dataset, TextEncoding encoding, TextLoaderOptions options)
{
    // An epoch's draws that belong to no sample.
    private const int BatchOrderStream = -2;

    public Dataset Dataset => dataset;

    public TextEncoding Encoding => encoding;

    public TextLoaderOptions Options => options;

    public int BatchCount => (dataset.Count + options.BatchSize - 1) / options.BatchSize;

    /// <summary>The batches of an epoch, which the consumer disposes.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="firstBatch">The number of the batch to begin with.</param>
    /// <param name="cancellationToken">Ends it with an <see cref="OperationCanceledException"/>.</param>
    public IEnumerable<TextBatch> Epoch(int epoch, int firstBatch = 0, CancellationToken cancellationToken = default)
    {
        int[] order = options.Shuffle ? EpochOrder.Shuffled(dataset.Count, options.Seed, epoch) : [.. Enumerable.Range(0, dataset.Count)];
        int run = checked(options.BatchSize * options.BatchesSortedTogether);
        for (int start = 0, number = 0; start < order.Length; start += run)
        {
            int[] members = order[start..Math.Min(start + run, order.Length)];
            int batches = (members.Length + options.BatchSize - 1) / options.BatchSize;
            if (number + batches <= firstBatch)
            {
                number += batches;
                continue;
            }

            TextExample[] examples = Encode(members, epoch, cancellationToken);
            foreach (int[] places in Batches(examples, epoch, start))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (number++ >= firstBatch)
                {
                    yield return new TextBatch(
                        [.. places.Select(place => examples[place])], [.. places.Select(place => members[place])], encoding.PaddingId, options.FixedLength);
                }
            }
        }
    }

    /// <summary>Every text with its number, in order, as epoch 0 has it.</summary>
    public IEnumerable<(int Index, TextExample Example)> Examples(CancellationToken cancellationToken = default)
    {
        int run = checked(options.BatchSize * options.BatchesSortedTogether);
        for (int start = 0; start < dataset.Count; start += run)
        {
            int[] members = [.. Enumerable.Range(start, Math.Min(run, dataset.Count - start))];
            foreach ((int index, TextExample example) in members.Zip(Encode(members, 0, cancellationToken)))
            {
                yield return (index, example);
            }
        }
    }

    private List<int[]> Batches(TextExample[] examples, int epoch, int start)
    {
        int[] places = [.. Enumerable.Range(0, examples.Length)];
        if (options.FixedLength is null)
        {
            places = [.. places.OrderBy(place => examples[place].Length).ThenBy(place => place)];
        }

        int[][] batches = [.. places.Chunk(options.BatchSize)];
        if (options.Shuffle)
        {
            new SeededRandom(options.Seed, epoch, BatchOrderStream - start).Shuffle<int[]>(batches);
        }

        return [.. batches];
    }

    private TextExample[] Encode(int[] members, int epoch, CancellationToken cancellationToken)
    {
        TextExample[] examples = new TextExample[members.Length];
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = Math.Max(1, options.Workers), CancellationToken = cancellationToken };
        try
        {
            Parallel.For(0, members.Length, parallel, i => examples[i] = Encode(members[i], epoch));
        }
        catch (AggregateException exception)
        {
            // The first sample in order, whichever thread failed first.
            throw exception.InnerExceptions.OfType<SampleLoadException>().OrderBy(inner => inner.SampleIndex).FirstOrDefault() ?? exception.InnerExceptions[0];
        }

        return examples;
    }

    private TextExample Encode(int index, int epoch)
    {
        try
        {
            SeededRandom random = new(options.Seed, epoch, index);
            TextExample example = encoding.Apply(dataset.Read(index), ref random);
            return example.Length > 0 ? example : throw new InvalidDataException("It has no tokens.");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            string name = dataset.NameOf(index);
            throw new SampleLoadException(name, index, $"Sample {index} of {dataset}, '{name}', could not be loaded: {exception.Message}", exception);
        }
    }
}
