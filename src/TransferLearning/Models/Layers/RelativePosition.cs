namespace TransferLearning.Layers;

/// <summary>Attention inside a square window, with a number added for how far apart two places lie (Liu et al., 2021): a table has one row
/// for each offset, one column for each head.</summary>
internal static class RelativePosition
{
    /// <summary>How many offsets two places of a window can have.</summary>
    public static long Offsets(long side) => ((2 * side) - 1) * ((2 * side) - 1);

    /// <summary>For each pair of places of a window, counted row by row, the row of the table: [L, L] with L = side * side.</summary>
    public static Tensor Index(long side)
    {
        long places = side * side;
        long[] index = new long[places * places];
        for (long i = 0; i < places; i++)
        {
            for (long j = 0; j < places; j++)
            {
                long down = (i / side) - (j / side) + side - 1;
                long right = (i % side) - (j % side) + side - 1;
                index[(i * places) + j] = (down * ((2 * side) - 1)) + right;
            }
        }

        return tensor(index, [places, places]);
    }

    /// <summary>What is added to the attention of each pair of places: [heads, L, L]; the caller disposes it.</summary>
    /// <param name="table">[offsets, heads].</param>
    /// <param name="index">L * L rows of the table.</param>
    /// <param name="places">L.</param>
    public static Tensor Bias(Tensor table, Tensor index, long places)
    {
        using DisposeScope scope = NewDisposeScope();
        return table.index_select(0, index.flatten()).reshape(places, places, table.size(1)).permute(2, 0, 1).MoveToOuterDisposeScope();
    }

    /// <summary>softmax(queries keys^T + bias + mask) values; the caller disposes it.</summary>
    /// <param name="queries">[N * windows, heads, L, D], scaled.</param>
    /// <param name="keys">The same shape.</param>
    /// <param name="values">The same shape.</param>
    /// <param name="bias">[heads, L, L].</param>
    /// <param name="mask">[windows, L, L], or null.</param>
    /// <returns>[N * windows, L, heads * D].</returns>
    public static Tensor Attend(Tensor queries, Tensor keys, Tensor values, Tensor bias, Tensor? mask)
    {
        using DisposeScope scope = NewDisposeScope();
        (long samples, long heads, long places, long width) = (queries.size(0), queries.size(1), queries.size(2), queries.size(3));
        Tensor attention = queries.flatten(0, 1).bmm(keys.flatten(0, 1).transpose(1, 2)); // [N * windows * heads, L, L]
        attention = attention.view(samples, heads, places, places).AddInPlace(bias);
        if (mask is not null)
        {
            long windows = mask.size(0);
            attention = attention.view(samples / windows, windows, heads, places, places).AddInPlace(mask.unsqueeze(1)).flatten(0, 1);
        }

        Tensor x = attention.softmax(-1).flatten(0, 1).bmm(values.flatten(0, 1)); // [N * windows * heads, L, D]
        return x.view(samples, heads, places, width).transpose(1, 2).reshape(samples, places, heads * width).MoveToOuterDisposeScope();
    }
}
