using Microsoft.ML;
using Microsoft.ML.Data;

namespace TransferLearning.MLNet;

/// <summary>The values of a row with its prediction: first the columns of the input, then score and predicted label.</summary>
internal static class PredictedValue
{
    public static ValueGetter<TValue> Getter<TValue>(DataViewRow input, DataViewSchema.Column column, Func<Prediction> current)
    {
        if (column.Index < input.Schema.Count)
        {
            return input.GetGetter<TValue>(input.Schema[column.Index]);
        }

        ValueGetter<VBuffer<float>> scores = (ref VBuffer<float> value) =>
        {
            IReadOnlyList<ClassScore> all = current().Scores;
            float[] probabilities = new float[all.Count];
            foreach (ClassScore score in all)
            {
                probabilities[score.Class] = (float)score.Probability;
            }

            value = new VBuffer<float>(probabilities.Length, probabilities);
        };
        ValueGetter<uint> label = (ref uint value) => value = (uint)current().Class + 1; // keys begin at 1
        Delegate getter = column.Index == input.Schema.Count ? scores : label;
        return getter as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"The column '{column.Name}' is of the type {column.Type}, not {typeof(TValue).Name}.");
    }
}
