using Parquet;
using Parquet.Schema;

namespace TransferLearning.Parquet;

/// <summary>
/// Scores as Apache Parquet, for <see cref="ScoreOptions.Format"/>: the columns <c>index</c> (int32), <c>name</c>, <c>class</c> and
/// <c>probability</c> where exactly one class holds, and <c>values</c>, a list of float32: a score for each class or label, the number, or
/// the features. The names of the classes are the file's metadata <c>classes</c>, as JSON.
/// </summary>
public sealed class ParquetFormat : ScoreFormat
{
    /// <inheritdoc/>
    public override string Extension => ".parquet";

    /// <inheritdoc/>
    public override ScoreWriter Begin(Stream stream, ScoreColumns columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return new ParquetScores(stream, new ScoreTable(columns.HasOneClass), columns.ClassNames);
    }

    /// <inheritdoc/>
    public override void Merge(IReadOnlyList<string> files, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(files);
        MergeAsync(files, stream).GetAwaiter().GetResult();
    }

    private static async Task MergeAsync(IReadOnlyList<string> files, Stream stream)
    {
        ParquetWriter? writer = null;
        try
        {
            foreach (string file in files)
            {
                ParquetReader reader = await ParquetReader.CreateAsync(file).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    ScoreTable table = new(reader.Schema.GetDataFields().Any(field => field.Name == ScoreTable.ClassName));
                    writer ??= await table.BeginAsync(stream, reader.CustomMetadata).ConfigureAwait(false);
                    for (int group = 0; group < reader.RowGroupCount; group++)
                    {
                        using ParquetRowGroupReader rows = reader.OpenRowGroupReader(group);
                        await table.CopyAsync(rows, writer).ConfigureAwait(false);
                    }
                }
            }
        }
        finally
        {
            if (writer is not null)
            {
                await writer.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
