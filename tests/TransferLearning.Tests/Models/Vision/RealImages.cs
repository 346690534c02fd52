using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>Image files as the batch of one that a network takes.</summary>
internal static class RealImages
{
    /// <summary>The preprocessing <c>pixel * scale + shift</c> of images that have their size already.</summary>
    public static ImagePreprocess Scaled(int size, double scale, double shift)
    {
        float std = (float)(1 / (255 * scale));
        float mean = (float)(-shift / (255 * scale));
        return new ImagePreprocess(Resize: 0, size, new(mean, mean, mean), new(std, std, std));
    }

    public static torch.Tensor Batch(string name, byte[] file, ImagePreprocess preprocess)
    {
        ImagePipeline pipeline = ImagePipeline.ForEvaluation(preprocess);
        float[] numbers = new float[pipeline.Shape.Aggregate(1L, (product, size) => product * size)];
        SeededRandom random = new(0);
        pipeline.Apply(new Sample(name, 0, new EncodedImage(file)), ref random, numbers);
        return torch.tensor(numbers, [1, .. pipeline.Shape]);
    }
}
