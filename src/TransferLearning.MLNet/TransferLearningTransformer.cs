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

    internal InputColumn Input => new(_options.FeatureColumnName, Model is TextModel, _options.ImageFolder);

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
            ImageFolder = reader.ReadString() is { Length: > 0 } folder ? folder : null,
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

    internal IReadOnlyList<Prediction?> Predict(IReadOnlyList<SampleContent> inputs, long firstRow)
    {
        using Dataset rows = Dataset.FromInputs(inputs, i => $"row {firstRow + i}");
        return Model.Predict(rows, new PredictOptions { BatchSize = inputs.Count });
    }

    private void Write(BinaryWriter writer)
    {
        foreach (string text in new[]
        {
            _options.LabelColumnName, _options.FeatureColumnName, _options.ScoreColumnName, _options.PredictedLabelColumnName,
            _options.ImageFolder ?? "",
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
