using System.Globalization;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace TransferLearning.MLNet;

/// <summary>Rows that are trained on.</summary>
internal sealed class RowDataset(IReadOnlyList<Func<SampleContent>> inputs, IReadOnlyList<int> labels, IReadOnlyList<string> classNames)
    : Dataset
{
    public override int Count => inputs.Count;

    public override IReadOnlyList<string> ClassNames => classNames;

    public override int LabelOf(int index) => labels[index];

    public override string NameOf(int index) => $"row {index}";

    public override Sample Read(int index) => new(NameOf(index), labels[index], inputs[index]());

    /// <summary>Reads the rows: paths stay paths.</summary>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type, or a row has no label.</exception>
    public static RowDataset Read(IDataView data, TransferLearningOptions options, bool isText)
    {
        DataViewSchema.Column label = data.Schema.GetColumnOrNull(options.LabelColumnName) is { Type: KeyDataViewType } found
            && found.Type.RawType == typeof(uint)
                ? found
                : throw new ArgumentException(
                    $"There is no key column '{options.LabelColumnName}': make one of the labels with "
                        + $"mlContext.Transforms.Conversion.MapValueToKey(\"{options.LabelColumnName}\").");
        InputColumn input = options.Input(isText);
        List<Func<SampleContent>> inputs = [];
        List<int> labels = [];
        using DataViewRowCursor cursor = data.GetRowCursor([label, .. input.In(data.Schema)]);
        ValueGetter<uint> getLabel = cursor.GetGetter<uint>(label);
        Func<Func<SampleContent>> read = input.Reader(cursor);
        while (cursor.MoveNext())
        {
            uint key = 0;
            getLabel(ref key);
            if (key == 0)
            {
                throw new ArgumentException($"Row {cursor.Position} has no label in '{options.LabelColumnName}': filter such rows out.");
            }

            labels.Add((int)key - 1);
            inputs.Add(read());
        }

        return new RowDataset(inputs, labels, NamesOf(label));
    }

    private static string[] NamesOf(DataViewSchema.Column label)
    {
        int count = (int)((KeyDataViewType)label.Type).Count;
        return label.Annotations.Schema.GetColumnOrNull("KeyValues") is { Type: VectorDataViewType type }
            ? (string[])typeof(RowDataset).GetMethod(nameof(Texts), BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(type.ItemType.RawType).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [label], null)!
            : [.. Enumerable.Range(0, count).Select(number => $"{number}")];
    }

    // Keys may be of any type: of texts, numbers, dates, …
    private static string[] Texts<T>(DataViewSchema.Column label)
    {
        VBuffer<T> names = default;
        label.Annotations.GetValue("KeyValues", ref names);
        return [.. names.DenseValues().Select(name => Convert.ToString(name, CultureInfo.InvariantCulture)!)];
    }
}
