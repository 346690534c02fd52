using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using TransferLearning.ExtensionsAI;
using TransferLearning.Hosting;

namespace TransferLearning.Tests;

/// <summary>The code blocks on hosting, where the compiler sees them.</summary>
internal static class HostingSnippets
{
    public static void Host(IServiceCollection services)
    {
        // snippet: hosting
        services.AddTransferModel("bees", options => options.Path = "bees.tl"); // or .BindConfiguration("Models:bees")
        services.AddHealthChecks().AddTransferModel("bees");
        // end
    }

    public static async Task<string> Predict(
        [FromKeyedServices("bees")] IModelPredictor bees, byte[] bytes, CancellationToken cancellationToken)
    {
        // snippet: hosting-predict
        HostedPrediction answer = await bees.PredictAsync(new EncodedImage(bytes), cancellationToken);
        return answer.Prediction.ClassName;
        // end
    }

    public static async Task Embed(string folder)
    {
        // snippet: embedding-generators
        using IEmbeddingGenerator<string, Embedding<float>> texts = Pretrained.Bert(folder).AsEmbeddingGenerator(ownsModel: true);
        using IEmbeddingGenerator<DataContent, Embedding<float>> images = Pretrained.ResNet18().AsEmbeddingGenerator(ownsModel: true);
        GeneratedEmbeddings<Embedding<float>> vectors = await texts.GenerateAsync(["a small dog", "iron ore"]);
        // end
    }
}
