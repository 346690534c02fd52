using Microsoft.Extensions.AI;
using TransferLearning.ExtensionsAI;

namespace TransferLearning.Hosting.Tests;

public sealed class EmbeddingGeneratorTests
{
    [Fact]
    public async Task Texts_get_the_vectors_of_Embed_and_their_tokens_are_counted()
    {
        using TextModel model = Pretrained.Bert(Beside.Bert);
        using IEmbeddingGenerator<string, Embedding<float>> generator = model.AsEmbeddingGenerator(batchSize: 2);
        string[] texts = ["a small dog", "a very small dog indeed", "iron ore"];

        GeneratedEmbeddings<Embedding<float>> embeddings = await generator.GenerateAsync(texts);

        IReadOnlyList<float[]> expected = model.Embed(texts, batchSize: 2);
        Assert.Equal(3, embeddings.Count);
        Assert.All(expected.Zip(embeddings), pair => Assert.All(
            pair.First.Zip(pair.Second.Vector.ToArray()), element => Assert.Equal(element.First, element.Second, 1e-6)));
        Assert.Equal(texts.Sum(text => model.Tokenizer.Encode(text).Length), embeddings.Usage!.InputTokenCount);
        EmbeddingGeneratorMetadata metadata = (EmbeddingGeneratorMetadata)generator.GetService(typeof(EmbeddingGeneratorMetadata))!;
        Assert.Equal(model.Module.FeatureCount, metadata.DefaultModelDimensions);
        Assert.Equal(metadata.DefaultModelDimensions, embeddings[0].Dimensions);
        Assert.Same(model, generator.GetService<TextModel>());
    }

    [Fact]
    public async Task Images_get_features_of_length_one_also_from_several_threads()
    {
        using Dataset emoji = Beside.Emoji("val");
        using ImageModel model = Pretrained.Load("resnet20", Path.Combine(AppContext.BaseDirectory, "resnet20-cifar10.safetensors"));
        using IEmbeddingGenerator<DataContent, Embedding<float>> generator = model.AsEmbeddingGenerator();
        DataContent[] images = [.. Enumerable.Range(0, 4).Select(i => new DataContent(Beside.Bytes(emoji, i), "image/png"))];

        GeneratedEmbeddings<Embedding<float>>[] all = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => Task.Run(() => generator.GenerateAsync(images))));

        using FeatureSet features = model.ExtractFeatures(emoji.Take(4));
        float[] row = features.ToArray(1);
        double length = Math.Sqrt(row.Sum(element => (double)element * element));
        Assert.All(all, embeddings => Assert.Equal(4, embeddings.Count));
        Assert.All(all, embeddings => Assert.All(
            row.Zip(embeddings[1].Vector.ToArray()), pair => Assert.Equal(pair.First / length, pair.Second, 1e-5)));
    }

    [Fact]
    public async Task What_cannot_be_done_is_refused()
    {
        using ImageModel model = ImageModel.Create("resnet20", 2);
        using IEmbeddingGenerator<DataContent, Embedding<float>> generator = model.AsEmbeddingGenerator();
        DataContent text = new(new byte[] { 1 }, "text/plain");

        await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync([text]));
        await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync([], new EmbeddingGenerationOptions { Dimensions = 7 }));
        await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync([], new EmbeddingGenerationOptions { ModelId = "gpt" }));
        await Assert.ThrowsAsync<SampleLoadException>(() => generator.GenerateAsync([new DataContent(new byte[] { 1, 2 }, "image/png")]));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => generator.GenerateAsync([text], null, new CancellationToken(true)));
        Assert.Empty(await generator.GenerateAsync([]));
    }

    [Fact]
    public void The_model_goes_with_the_generator_only_when_asked()
    {
        using ImageModel kept = ImageModel.Create("resnet20", 2);
        kept.AsEmbeddingGenerator().Dispose();
        ImageModel owned = ImageModel.Create("resnet20", 2);
        owned.AsEmbeddingGenerator(ownsModel: true).Dispose();

        RawImage image = new(32, 32, new byte[32 * 32 * 3]);
        kept.Predict(image);
        Assert.Throws<ObjectDisposedException>(() => owned.Predict(image));
    }
}
