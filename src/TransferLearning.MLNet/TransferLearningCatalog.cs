using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace TransferLearning.MLNet;

/// <summary>Transfer learning in ML.NET's catalogues.</summary>
public static class TransferLearningCatalog
{
    /// <summary>Fits a new last layer on a pretrained network whose backbone stays as it is.</summary>
    /// <param name="trainers">The catalogue.</param>
    /// <param name="model">Makes the pretrained model: <c>() => Pretrained.ResNet18()</c>.</param>
    /// <param name="labelColumnName">The label, a key column.</param>
    /// <param name="featureColumnName">The input: paths, bytes of files or <c>MLImage</c> for images, texts for texts.</param>
    /// <param name="scoreColumnName">The probabilities.</param>
    /// <param name="predictedLabelColumnName">The likeliest class.</param>
    public static TransferLearningEstimator TransferLearning(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers, Func<TransferModel> model,
        string labelColumnName = "Label", string featureColumnName = "Features", string scoreColumnName = "Score",
        string predictedLabelColumnName = "PredictedLabel")
        => trainers.TransferLearning(new TransferLearningOptions
        {
            Model = model,
            LabelColumnName = labelColumnName,
            FeatureColumnName = featureColumnName,
            ScoreColumnName = scoreColumnName,
            PredictedLabelColumnName = predictedLabelColumnName,
        });

    /// <summary>Trains a pretrained network as the options say.</summary>
    /// <param name="trainers">The catalogue.</param>
    /// <param name="options">Columns, network, training.</param>
    public static TransferLearningEstimator TransferLearning(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers, TransferLearningOptions options)
    {
        ArgumentNullException.ThrowIfNull(trainers);
        ArgumentNullException.ThrowIfNull(options);
        IHostEnvironment environment = ModelZip.EnvironmentOf(trainers);
        ModelZip.Register(environment.ComponentCatalog);
        return new TransferLearningEstimator(environment, options);
    }

    /// <summary>Lets <c>mlContext.Model.Load</c> find the transformer in a model's zip file: once for each <see cref="MLContext"/> that
    /// loads without having trained.</summary>
    /// <param name="catalog">The operations with models: <c>mlContext.Model</c>.</param>
    /// <param name="context">The context.</param>
    /// <returns>The operations, so that <c>Load</c> can follow.</returns>
    public static ModelOperationsCatalog WithTransferLearning(this ModelOperationsCatalog catalog, MLContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        ModelZip.Register(context.ComponentCatalog);
        return catalog;
    }
}
