namespace TransferLearning.Hosting.Tests;

/// <summary>The small networks and images of the samples.</summary>
internal static class Beside
{
    public static string Bert { get; } = Path.Combine(AppContext.BaseDirectory, "bert-definitions");

    public static Dataset Emoji(string part) => ImageFolder.Open(Path.Combine(AppContext.BaseDirectory, "emoji.zip"), part);

    public static byte[] Bytes(Dataset images, int index) => ((EncodedImage)images.Read(index).Input).Bytes.ToArray();

    /// <summary>A ResNet-20 with a head of the emoji's classes that was fitted in one go.</summary>
    public static ImageModel Trained(Dataset emoji, double alpha = 1)
    {
        ImageModel model = Pretrained.Load("resnet20", Path.Combine(AppContext.BaseDirectory, "resnet20-cifar10.safetensors"))
            .ReplaceHead(emoji.ClassNames.Count);
        model.Probe(emoji, new RidgeProbe { Alpha = alpha });
        return model;
    }
}
