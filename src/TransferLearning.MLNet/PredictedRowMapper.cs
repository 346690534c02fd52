using Microsoft.ML;
using Microsoft.ML.Data;

namespace TransferLearning.MLNet;

/// <summary>Predicts row by row, for <c>PredictionEngine</c>.</summary>
internal sealed class PredictedRowMapper(TransferLearningTransformer transformer, DataViewSchema input) : IRowToRowMapper
{
    public DataViewSchema InputSchema => input;

    public DataViewSchema OutputSchema { get; } = transformer.GetOutputSchema(input);

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        HashSet<int> needed = [.. dependingColumns.Select(column => column.Index)];
        if (needed.Any(index => index >= input.Count))
        {
            needed.UnionWith(transformer.Input.In(input).Select(column => column.Index));
        }

        return input.Where(column => needed.Contains(column.Index));
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
        => new Row(transformer, OutputSchema, input, [.. activeColumns.Select(column => column.Index)]);

    private sealed class Row(TransferLearningTransformer transformer, DataViewSchema schema, DataViewRow input, HashSet<int> needed)
        : DataViewRow
    {
        private readonly Func<Func<SampleContent>>? _read
            = needed.Any(index => index >= input.Schema.Count) ? transformer.Input.Reader(input) : null;

        private Prediction? _prediction;
        private long _position = long.MinValue;

        public override DataViewSchema Schema => schema;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => needed.Contains(column.Index);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
            => PredictedValue.Getter<TValue>(input, column, Current);

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                input.Dispose();
            }

            base.Dispose(disposing);
        }

        private Prediction Current()
        {
            if (_prediction is null || _position != input.Position)
            {
                (_prediction, _position) = (transformer.Predict([_read!()], input.Position)[0], input.Position);
            }

            return _prediction;
        }
    }
}
