using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace TransferLearning.MLNet;

/// <summary>
/// Predicts by a trained network: a column of probabilities with slot names and one of the likeliest class, a key. Data views are predicted
/// lazily in batches; a <c>PredictionEngine</c> predicts row by row. It owns the model: dispose it.
/// </summary>
public sealed class TransferLearningTransformer : ITransformer, IDisposable
{
    private readonly IHostEnvironment _environment;
    private readonly TransferLearningOptions _options;
    private readonly string? _unpacked;

    internal TransferLearningTransformer(
        IHostEnvironment environment, TransferModel model, TransferLearningOptions options, string? unpacked = null)
        => (_environment, Model, _options, _unpacked) = (environment, model, options, unpacked);

    /// <summary>The model: the way out to everything else it can do. The transformer owns it.</summary>
    public TransferModel Model { get; }

    /// <inheritdoc/>
    public bool IsRowToRowMapper => true;

    internal InputColumn Input => _options.Input(Model is TextModel);

    internal int BatchSize => _options.BatchSize;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        Input.In(inputSchema);
        DataViewSchema.Builder schema = new();
        schema.AddColumns(inputSchema);
        schema.AddColumn(
            _options.ScoreColumnName, new VectorDataViewType(NumberDataViewType.Single, Model.Classes), Names("SlotNames"));
        schema.AddColumn(_options.PredictedLabelColumnName, new KeyDataViewType(typeof(uint), Model.Classes), Names("KeyValues"));
        return schema.ToSchema();
    }

    /// <inheritdoc/>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new PredictedDataView(this, input);
    }

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new PredictedRowMapper(this, inputSchema);

    /// <summary>Frees the model.</summary>
    public void Dispose()
    {
        Model.Dispose();
        if (_unpacked is not null && Directory.Exists(_unpacked))
        {
            Directory.Delete(_unpacked, recursive: true);
        }
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => ModelZip.Save(ctx, Write);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    internal static TransferLearningTransformer Read(IHostEnvironment environment, BinaryReader reader)
    {
        using IChannel channel = environment.Start(nameof(TransferLearning));
        TransferLearningOptions options = new()
        {
            Model = null!,
            LabelColumnName = reader.ReadString(),
            FeatureColumnName = reader.ReadString(),
            ScoreColumnName = reader.ReadString(),
            PredictedLabelColumnName = reader.ReadString(),
            ImageFolder = Given(reader.ReadString()),
            PairColumnName = Given(reader.ReadString()),
            BatchSize = Math.Max(1, reader.ReadInt32()),
        };
        string unpacked = Directory.CreateTempSubdirectory("transferlearning-").FullName;
        try
        {
            string path = PackedModel.Unpack(reader, unpacked);
            return new TransferLearningTransformer(environment, TransferModel.Load(path), options, unpacked);
        }
        catch
        {
            Directory.Delete(unpacked, recursive: true);
            throw;
        }
    }

    /// <summary>Predicts a batch of rows.</summary>
    /// <exception cref="InvalidDataException">A row's file is missing, or no image; the message says which row.</exception>
    internal IReadOnlyList<Prediction> Predict(IReadOnlyList<Func<SampleContent>> inputs, long firstRow)
    {
        SampleContent[] contents = [.. inputs.Select((read, i) => OfRow(firstRow + i, read))];
        IReadOnlyList<Prediction?> predictions = Of(contents, firstRow, BadSampleHandling.Skip);
        return
        [
            .. predictions.Select(
                (one, i) => one ?? OfRow(firstRow + i, () => Of([contents[i]], firstRow + i, BadSampleHandling.Throw)[0]!))
        ];

        IReadOnlyList<Prediction?> Of(SampleContent[] some, long first, BadSampleHandling onBad)
        {
            using Dataset rows = Dataset.FromInputs(some, i => $"row {first + i}");
            return Model.Predict(rows, new PredictOptions { BatchSize = some.Length, OnBadSample = onBad });
        }
    }

    private static T OfRow<T>(long row, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception) when (exception is MediaException or IOException or InvalidDataException or UnauthorizedAccessException
            or ArgumentException)
        {
            throw new InvalidDataException($"Row {row} cannot be predicted: {exception.Message} Filter such rows out.", exception);
        }
    }

    private static string? Given(string text) => text.Length > 0 ? text : null;

    private void Write(BinaryWriter writer)
    {
        foreach (string text in new[]
        {
            _options.LabelColumnName, _options.FeatureColumnName, _options.ScoreColumnName, _options.PredictedLabelColumnName,
            _options.ImageFolder ?? "", _options.PairColumnName ?? "",
        })
        {
            writer.Write(text);
        }

        writer.Write(_options.BatchSize);
        PackedModel.Pack(Model, writer);
    }

    private DataViewSchema.Annotations Names(string kind)
    {
        DataViewSchema.Annotations.Builder annotations = new();
        VectorDataViewType type = new(TextDataViewType.Instance, Model.Classes);
        ReadOnlyMemory<char>[] names = [.. Model.ClassNames.Select(name => name.AsMemory())];
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> getter
            = (ref VBuffer<ReadOnlyMemory<char>> value) => value = new VBuffer<ReadOnlyMemory<char>>(names.Length, names);
        annotations.Add(kind, type, getter);
        return annotations.ToAnnotations();
    }
}
