using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using TransferLearning.MLNet;

namespace TransferLearning.Tests;

/// <summary>The code block on ML.NET, where the compiler sees it.</summary>
internal static class MLNetSnippets
{
    public static void Pipeline(MLContext mlContext, IDataView training, IDataView test)
    {
        // snippet: mlnet
        EstimatorChain<KeyToValueMappingTransformer> pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label")
            .Append(mlContext.MulticlassClassification.Trainers.TransferLearning(() => Pretrained.ResNet18(), featureColumnName: "Path"))
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        TransformerChain<KeyToValueMappingTransformer> model = pipeline.Fit(training);
        MulticlassClassificationMetrics metrics = mlContext.MulticlassClassification.Evaluate(model.Transform(test));
        mlContext.Model.Save(model, training.Schema, "model.zip");

        MLContext fresh = new();
        ITransformer again = fresh.Model.WithTransferLearning(fresh).Load("model.zip", out DataViewSchema schema);
        // end
    }
}
