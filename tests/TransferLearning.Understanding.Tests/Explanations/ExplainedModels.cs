namespace TransferLearning.Tests;

/// <summary>Small trained models and what they were trained on: the files of the samples, which lie beside the tests.</summary>
internal static class ExplainedModels
{
    /// <summary>The ResNet-20 of CIFAR-10 with a head for five kinds of emoji, fitted to cached features in a moment.</summary>
    public static ImageModel Emoji(Dataset training)
    {
        ImageModel model = Pretrained.Load("resnet20", Beside("resnet20-cifar10.safetensors")).ReplaceHead(training.ClassNames.Count);
        model.Probe(training, new RidgeProbe { Alpha = 100 });
        return model;
    }

    public static Dataset EmojiImages(string part) => ImageFolder.Open(Beside("emoji.zip"), part);

    /// <summary>A small BERT with fresh classes of its own, which nothing has trained.</summary>
    public static TextModel Text(LearningTask? task = null)
        => Pretrained.Bert(Beside("bert-definitions")).For(task ?? new Classification(["one", "two", "three"]));

    public static string Beside(string name) => Path.Combine(AppContext.BaseDirectory, "Samples", name);
}
