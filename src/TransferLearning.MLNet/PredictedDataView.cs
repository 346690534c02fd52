using Microsoft.ML;

namespace TransferLearning.MLNet;

/// <summary>Rows with their predictions, which are computed when a cursor comes to them, a batch at once.</summary>
internal sealed class PredictedDataView(TransferLearningTransformer transformer, IDataView input) : IDataView
{
    /// <summary>False: batches are read ahead, in the rows' own order.</summary>
    public bool CanShuffle => false;

    public DataViewSchema Schema { get; } = transformer.GetOutputSchema(input.Schema);

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        HashSet<int> needed = [.. columnsNeeded.Select(column => column.Index)];
        DataViewRowCursor rows = input.GetRowCursor(input.Schema.Where(column => needed.Contains(column.Index)));
        DataViewRowCursor? ahead = needed.Any(index => index >= input.Schema.Count)
            ? input.GetRowCursor(transformer.Input.In(input.Schema))
            : null;
        return new PredictedCursor(transformer, Schema, rows, ahead, needed);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
        => [GetRowCursor(columnsNeeded, rand)];
}
