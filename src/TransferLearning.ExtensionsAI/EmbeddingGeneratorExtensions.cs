using Microsoft.Extensions.AI;

namespace TransferLearning.ExtensionsAI;

/// <summary>Models as the embedding generators of Microsoft.Extensions.AI.</summary>
/// <remarks>
/// A generator may be called from several threads at once, as long as nothing trains or changes the model. It does not own the model unless
/// it is asked to. The work runs on the thread pool, and a cancelled call ends before its next batch.
/// </remarks>
public static class EmbeddingGeneratorExtensions
{
    /// <summary>Embeds texts: the backbone's vectors of the tokens, pooled
    /// (<see cref="TextModel.Embed(IEnumerable{EncodedText}, TextPooling, bool, int)"/>).</summary>
    /// <param name="model">The model.</param>
    /// <param name="pooling">How the vectors of tokens become one. Default: their mean.</param>
    /// <param name="normalize">Whether each vector gets the length 1, so that the product of two is the cosine of their angle. Default:
    /// true.</param>
    /// <param name="batchSize">How many texts go through the network at once.</param>
    /// <param name="ownsModel">Whether disposing the generator disposes the model. Default: false.</param>
    /// <returns>The generator; its usage counts the tokens that the network saw, the special ones included.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="batchSize"/> is not positive.</exception>
    public static IEmbeddingGenerator<string, Embedding<float>> AsEmbeddingGenerator(
        this TextModel model, TextPooling pooling = TextPooling.Mean, bool normalize = true, int batchSize = 32, bool ownsModel = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new ModelEmbeddingGenerator<string>(model, batchSize, ownsModel, (texts, cancellationToken) =>
        {
            EncodedText[] encoded = [.. texts.Select(model.Encode)];
            return (model.Embed(encoded, pooling, normalize, batchSize), encoded.Sum(text => (long)text.Length));
        });
    }

    /// <summary>Embeds images: what enters the head (<see cref="TransferModel.ExtractFeatures"/>).</summary>
    /// <param name="model">The model, one for images.</param>
    /// <param name="normalize">Whether each vector gets the length 1, so that the product of two is the cosine of their angle. Default:
    /// true.</param>
    /// <param name="batchSize">How many images go through the network at once.</param>
    /// <param name="ownsModel">Whether disposing the generator disposes the model. Default: false.</param>
    /// <returns>The generator. What it is given must be an encoded image (the media type begins with <c>image/</c>); one that cannot be
    /// decoded ends the call with a <see cref="SampleLoadException"/> that has its number.</returns>
    /// <exception cref="ArgumentException">The model is for sounds.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="batchSize"/> is not positive.</exception>
    public static IEmbeddingGenerator<DataContent, Embedding<float>> AsEmbeddingGenerator(
        this ImageModel model, bool normalize = true, int batchSize = 32, bool ownsModel = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Spectrograms is not null)
        {
            throw new ArgumentException("The model is for sounds (OnSpectrograms), and this generator takes images.", nameof(model));
        }

        return new ModelEmbeddingGenerator<DataContent>(model, batchSize, ownsModel, (images, cancellationToken) =>
        {
            using Dataset dataset = Dataset.FromInputs(images.Select(ContentOf), i => images[i].Name ?? $"image {i}");
            FeatureOptions options = new() { BatchSize = batchSize };
            using FeatureSet features = model.ExtractFeatures(dataset, options, cancellationToken: cancellationToken);
            return ([.. Enumerable.Range(0, features.Count).Select(i => Scaled(features.ToArray(i), normalize))], null);
        });
    }

    private static EncodedImage ContentOf(DataContent image, int index)
        => image.HasTopLevelMediaType("image")
            ? new EncodedImage(image.Data)
            : throw new ArgumentException(
                $"Input {index} has the media type '{image.MediaType}'; expected an encoded image, such as 'image/jpeg'.");

    private static float[] Scaled(float[] vector, bool normalize)
    {
        double length = normalize ? Math.Sqrt(vector.Sum(element => (double)element * element)) : 1;
        return length is 0 or 1 ? vector : Array.ConvertAll(vector, element => (float)(element / length));
    }
}
