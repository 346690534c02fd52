using TransferLearning.Keras;

namespace TransferLearning.Tests;

/// <summary>The code blocks of the documentation, where the compiler sees them.</summary>
internal static class Snippets
{
    public static void Sentence(Dataset dataset, Dataset testSet)
    {
        // snippet: sentence
        using TransferModel model = Pretrained.ResNet18().ReplaceHead(10).FreezeBackbone();
        TrainingHistory history = model.FineTune(dataset, new Sgd(learningRate: 0.001, momentum: 0.9));
        EvaluationResult result = model.Evaluate(testSet);
        Prediction p = model.Predict("bee.jpg");
        model.Save("bees.tl");
        using TransferModel again = TransferModel.Load("bees.tl");
        // end

        _ = (history, result, p);
    }

    public static double WholeLine(string pictures, string weights, string saved)
    {
        // snippet: whole-line
        using Dataset training = ImageFolder.Open(pictures, "train");
        using Dataset validation = ImageFolder.Open(pictures, "val");
        using TransferModel model = Pretrained.ResNet20(weights).ReplaceHead(training.ClassNames.Count);

        // First the head alone, on features that are worked out once; then everything, more gently.
        model.Probe(training, new Adam(0.01), new FineTuneOptions { Epochs = 10 });
        TrainingHistory history = model.Unfreeze().FineTune(
            training,
            new Sgd(learningRate: 0.01, momentum: 0.9, weightDecay: 5e-4),
            new FineTuneOptions { Epochs = 5, BatchSize = 32, Seed = 1, Validation = validation, Schedule = new CosineSchedule() });

        EvaluationResult result = model.Evaluate(validation);
        Console.WriteLine(history);
        Console.WriteLine(result);
        model.Save(saved);
        // end

        return result.Accuracy;
    }

    public static void Store(IProgress<DownloadProgress> progress)
    {
        // snippet: weight-store
        WeightEntry entry = ModelCatalog.Get("resnet50").Weights[^1]; // the recommended set is the last
        string path = new WeightStore().GetFile(entry, progress); // or GetFileAsync
        using StateDict weights = StateDict.Open(path);
        // end
    }

    public static void Keras()
    {
        // snippet: keras
        using TransferModel model = KerasPretrained.ResNet50("resnet50_weights_tf_dim_ordering_tf_kernels.h5").ReplaceHead(10).FreezeBackbone();
        // end
    }
}
