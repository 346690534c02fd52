using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>Gets what a frozen text network gives for whole texts, from a cache or by running it.</summary>
/// <param name="network">The network, for sequence classification.</param>
/// <param name="device">Where it lives.</param>
/// <param name="cache">Where vectors are looked up and kept; null means in memory, for this use alone.</param>
/// <param name="logger">Told what is found and what is worked out.</param>
/// <param name="precision">The number type that it may be run in.</param>
internal sealed class TextFeatures(TextNetwork network, Device device, FeatureCache? cache, ILogger logger, Precision precision)
{
    /// <summary>The pooled vector of every text.</summary>
    /// <param name="loader">The texts.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>; a cache keeps what is done.</param>
    /// <returns>The vectors; null if they are more than the cache may keep.</returns>
    public FeatureRows? Of(TextLoader loader, CancellationToken cancellationToken)
    {
        bool casts = InferenceForm.PrecisionOn(device, precision) == Precision.BFloat16;
        UInt128?[] keys = new UInt128?[loader.Dataset.Count];
        foreach ((int index, TextExample example) in loader.Examples(cancellationToken))
        {
            keys[index] = FeatureHash.OfTokens(example.Encoded);
        }

        FeatureRequest request = new(
            cache is null ? 0 : FeatureHash.OfBackbone(
                network.State().Where(entry => !network.IsInHead(entry.Key)),
                $"{network.GetName()};{Numbers(network.Config)};{(casts ? Precision.BFloat16 : Precision.Float32)}",
                "pooled tokens",
                cache.Options.Precision),
            keys.Length,
            keys,
            RetriesDamaged: true,
            () => [network.FeatureCount],
            (missing, writer) => Compute(loader, missing, writer, casts, cancellationToken));
        return (cache ?? new FeatureCache()).Rows(request, logger, cancellationToken);
    }

    // Labels belong to the head, which is not part of it.
    private static string Numbers(TextConfig config)
        => config.Without("id2label").Without("label2id").Without("num_labels").Without("architectures").Without("problem_type").ToJson();

    private void Compute(TextLoader loader, IReadOnlyList<int> missing, FeatureWriter writer, bool casts, CancellationToken cancellationToken)
    {
        network.eval();
        TextLoader left = missing.Count == loader.Dataset.Count
            ? loader
            : new TextLoader(loader.Dataset.Subset(missing), loader.Encoding, loader.Options);
        using IDisposable guard = no_grad();
        using Autocast? cast = casts ? new Autocast(device.Type) : null;
        foreach (TextBatch batch in left.Epoch(0, 0, cancellationToken))
        {
            using (batch)
            using (DisposeScope scope = NewDisposeScope())
            {
                using TokenInput inputs = batch.Inputs.To(device);
                Tensor pooled = network.Pool(network.ForwardHidden(inputs), inputs).to(ScalarType.Float32);
                writer.Add([.. batch.Indices.Select(index => missing[index])], pooled);
            }
        }
    }
}
