using TorchSharp;

namespace TransferLearning.Tests;

public sealed class BatchNorm2dTests
{
    [Fact]
    public void Counts_the_batches_of_training_only()
    {
        using BatchNorm2d norm = new(2);
        using torch.Tensor images = torch.arange(16, dtype: torch.float32).view(2, 2, 2, 2);
        using torch.Generator generator = new(1);
        using (torch.no_grad())
        {
            LayerInitializers.Default(norm, generator);
        }

        norm.train();
        for (int i = 0; i < 3; i++)
        {
            norm.call(images).Dispose();
        }

        norm.eval();
        norm.call(images).Dispose();
        Assert.Equal(3, norm.named_buffers().Single(buffer => buffer.name == "num_batches_tracked").buffer.item<long>());
    }
}
