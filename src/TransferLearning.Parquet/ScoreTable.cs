using Parquet;
using Parquet.Schema;

namespace TransferLearning.Parquet;

/// <summary>The columns of a file of scores.</summary>
/// <param name="hasOneClass">Whether there are columns for the likeliest class.</param>
internal sealed class ScoreTable(bool hasOneClass)
{
    public const string ClassName = "class";

    private readonly ParquetSchema _schema = new(
        [
            new DataField<int>("index"),
            new DataField("name", typeof(string)),
            .. hasOneClass ? (Field[])[new DataField(ClassName, typeof(string)), new DataField<float>("probability")] : [],
            new ListField("values", new DataField<float>("element", false)),
        ]);

    public async Task<ParquetWriter> BeginAsync(Stream stream, IReadOnlyDictionary<string, string> metadata)
    {
        ParquetWriter writer = await ParquetWriter.CreateAsync(_schema, stream).ConfigureAwait(false);
        writer.CustomMetadata = new Dictionary<string, string>(metadata);
        return writer;
    }

    public Task WriteAsync(ParquetWriter writer, IReadOnlyList<ScoredSample> samples, IReadOnlyList<string> classNames)
    {
        int[] best = [.. samples.Select(sample => hasOneClass ? sample.Values.Index().MaxBy(entry => entry.Item).Index : 0)];
        return WriteAsync(
            writer,
            [.. samples.Select(sample => sample.Index)],
            [.. samples.Select(sample => sample.Name)],
            [.. best.Select(number => hasOneClass ? classNames[number] : "")],
            [.. samples.Select((sample, i) => sample.Values[best[i]])],
            [.. samples.SelectMany(sample => sample.Values)],
            [.. samples.SelectMany(sample => sample.Values.Select((_, place) => place == 0 ? 0 : 1))]);
    }

    /// <summary>Copies a row group as it is.</summary>
    public async Task CopyAsync(ParquetRowGroupReader rows, ParquetWriter writer)
    {
        DataField[] fields = _schema.GetDataFields();
        int count = checked((int)rows.RowCount);
        int[] indices = new int[count];
        string?[] names = new string?[count], classes = new string?[count];
        float[] probabilities = new float[count];
        await rows.ReadAsync<int>(fields[0], indices.AsMemory()).ConfigureAwait(false);
        await rows.ReadAsync(fields[1], names.AsMemory()).ConfigureAwait(false);
        if (hasOneClass)
        {
            await rows.ReadAsync(fields[2], classes.AsMemory()).ConfigureAwait(false);
            await rows.ReadAsync<float>(fields[3], probabilities.AsMemory()).ConfigureAwait(false);
        }

        int length = checked((int)(rows.GetMetadata(fields[^1])?.MetaData?.NumValues ?? 0));
        float[] values = new float[length];
        int[] definitions = new int[length], repetitions = new int[length];
        await rows.ReadRawAsync<float>(fields[^1], values.AsMemory(), definitions.AsMemory(), repetitions.AsMemory()).ConfigureAwait(false);
        await WriteAsync(writer, indices, names!, classes!, probabilities, values, repetitions).ConfigureAwait(false);
    }

    private async Task WriteAsync(
        ParquetWriter writer, int[] indices, string[] names, string[] classes, float[] probabilities, float[] values, int[] repetitions)
    {
        DataField[] fields = _schema.GetDataFields();
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        await group.WriteAsync<int>(fields[0], indices).ConfigureAwait(false);
        await group.WriteAsync(fields[1], names).ConfigureAwait(false);
        if (hasOneClass)
        {
            await group.WriteAsync(fields[2], classes).ConfigureAwait(false);
            await group.WriteAsync<float>(fields[3], probabilities).ConfigureAwait(false);
        }

        int[] definitions = new int[values.Length];
        Array.Fill(definitions, fields[^1].MaxDefinitionLevel);
        await group.WriteAllPartsAsync<float>(fields[^1], values, definitions, repetitions, CancellationToken.None).ConfigureAwait(false);
    }
}
