using Microsoft.ML;
using Microsoft.ML.Data;

namespace TransferLearning.MLNet;

/// <summary>Stands at a row, while a second cursor has read the inputs of its batch ahead.</summary>
internal sealed class PredictedCursor(
    TransferLearningTransformer transformer, DataViewSchema schema, DataViewRowCursor rows, DataViewRowCursor? ahead, HashSet<int> needed)
    : DataViewRowCursor
{
    private readonly Func<Func<SampleContent>>? _read = ahead is null ? null : transformer.Input.Reader(ahead);
    private readonly List<Func<SampleContent>> _inputs = [];
    private IReadOnlyList<Prediction> _batch = [];
    private int _place = -1;

    public override DataViewSchema Schema => schema;

    public override long Position => rows.Position;

    public override long Batch => rows.Batch;

    public override bool MoveNext()
    {
        if (!rows.MoveNext())
        {
            return false;
        }

        if (ahead is not null && ++_place == _batch.Count)
        {
            ReadBatch();
        }

        return true;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => needed.Contains(column.Index);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        => PredictedValue.Getter<TValue>(rows, column, () => _batch[_place]);

    public override ValueGetter<DataViewRowId> GetIdGetter() => rows.GetIdGetter();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            rows.Dispose();
            ahead?.Dispose();
        }

        base.Dispose(disposing);
    }

    private void ReadBatch()
    {
        _inputs.Clear();
        while (_inputs.Count < transformer.BatchSize && ahead!.MoveNext())
        {
            _inputs.Add(_read!());
        }

        (_batch, _place) = (transformer.Predict(_inputs, rows.Position), 0);
    }
}
