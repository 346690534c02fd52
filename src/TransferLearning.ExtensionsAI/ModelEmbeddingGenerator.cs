using Microsoft.Extensions.AI;

namespace TransferLearning.ExtensionsAI;

/// <summary>Embeds inputs by a model, batch by batch on the thread pool.</summary>
internal sealed class ModelEmbeddingGenerator<TInput> : IEmbeddingGenerator<TInput, Embedding<float>>
{
    private readonly TransferModel _model;
    private readonly int _batchSize;
    private readonly bool _ownsModel;
    private readonly Func<TInput[], CancellationToken, (IReadOnlyList<float[]> Vectors, long? Tokens)> _embed;
    private readonly EmbeddingGeneratorMetadata _metadata;

    public ModelEmbeddingGenerator(
        TransferModel model, int batchSize, bool ownsModel,
        Func<TInput[], CancellationToken, (IReadOnlyList<float[]> Vectors, long? Tokens)> embed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        (_model, _batchSize, _ownsModel, _embed) = (model, batchSize, ownsModel, embed);
        _metadata = new EmbeddingGeneratorMetadata("TransferLearning", null, model.Architecture, model.Module.FeatureCount);
    }

    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<TInput> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        Check(options);
        return Task.Run(() => Generate(values, cancellationToken), cancellationToken);
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is null ? new object[] { this, _metadata, _model }.FirstOrDefault(serviceType.IsInstanceOfType) : null;
    }

    public void Dispose()
    {
        if (_ownsModel)
        {
            _model.Dispose();
        }
    }

    private GeneratedEmbeddings<Embedding<float>> Generate(IEnumerable<TInput> values, CancellationToken cancellationToken)
    {
        GeneratedEmbeddings<Embedding<float>> all = [];
        long? tokens = null;
        foreach (TInput[] batch in values.Chunk(_batchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            (IReadOnlyList<float[]> vectors, long? more) = _embed(batch, cancellationToken);
            tokens = more is null ? tokens : (tokens ?? 0) + more;
            foreach (float[] vector in vectors)
            {
                all.Add(new Embedding<float>(vector) { ModelId = _metadata.DefaultModelId, CreatedAt = DateTimeOffset.UtcNow });
            }
        }

        all.Usage = tokens is null ? null : new UsageDetails { InputTokenCount = tokens, TotalTokenCount = tokens };
        return all;
    }

    private void Check(EmbeddingGenerationOptions? options)
    {
        if (options?.Dimensions is { } dimensions && dimensions != _metadata.DefaultModelDimensions)
        {
            throw new ArgumentException(
                $"{dimensions} dimensions were asked for, and {_model.Architecture} gives {_metadata.DefaultModelDimensions}: leave "
                    + $"{nameof(EmbeddingGenerationOptions.Dimensions)} out.",
                nameof(options));
        }

        if (options?.ModelId is { } id && id != _metadata.DefaultModelId)
        {
            throw new ArgumentException(
                $"The model '{id}' was asked for, and this generator is of '{_metadata.DefaultModelId}': leave "
                    + $"{nameof(EmbeddingGenerationOptions.ModelId)} out.",
                nameof(options));
        }
    }
}
