namespace TransferLearning;

/// <summary>
/// Examples of different lengths, enough for several batches: those of similar lengths share a batch, so that little is padding, and the
/// batches come in a random order.
/// </summary>
/// <param name="indices">Which samples.</param>
/// <param name="preprocessor">Makes and pads examples.</param>
/// <param name="collator">Makes examples, inputs and targets.</param>
/// <param name="options">The size of a batch and its length.</param>
/// <param name="order">Draws the order of the batches; null leaves them in the order of their lengths.</param>
internal sealed class PaddedSlot(
    int[] indices, PaddedPreprocessor preprocessor, IDataCollator collator, LoaderOptions options, SeededRandom? order) : BatchSlot(indices)
{
    private readonly Example[] _examples = new Example[indices.Length];

    public override void Fill(int row, Sample sample, ref SeededRandom random)
    {
        Example example = collator.Encode(preprocessor, sample, ref random);
        _examples[row] = example.Length > 0
            ? example
            : throw new InvalidDataException("It is empty: there is nothing for the network to read.");
    }

    public override IEnumerable<Batch> ToBatches()
    {
        int[] rows = FilledRows;
        if (options.FixedLength is null)
        {
            rows = [.. rows.OrderBy(row => _examples[row].Length).ThenBy(row => row)];
        }

        int[][] batches = new int[EpochRun.BatchesOf(rows.Length, options)][];
        for (int batch = 0; batch < batches.Length; batch++)
        {
            int first = batch * options.BatchSize;
            batches[batch] = batch < batches.Length - 1 ? rows[first..(first + options.BatchSize)] : rows[first..];
        }

        if (order is { } draws)
        {
            draws.Shuffle<int[]>(batches);
        }

        for (int batch = 0; batch < batches.Length; batch++)
        {
            if (options.Shard.Has(FirstNumber + batch))
            {
                yield return ToBatch(batches[batch], FirstNumber + batch);
            }
        }
    }

    public override void Dispose()
    {
        // The examples are managed memory.
    }

    private Batch ToBatch(int[] rows, int number)
    {
        Example[] examples = Array.ConvertAll(rows, row => _examples[row]);
        ModelInput input = collator.CollateInput(preprocessor, examples, options.FixedLength);
        try
        {
            return new Batch(input, collator.CollateTargets(examples, input), examples, Array.ConvertAll(rows, row => Indices[row]))
            { Number = number };
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }
}
