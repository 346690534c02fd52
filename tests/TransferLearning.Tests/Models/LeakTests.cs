using TorchSharp;

namespace TransferLearning.Tests;

public sealed class LeakTests
{
    [Theory]
    [InlineData("resnet20")]
    [InlineData("squeezenet1_1")]
    [InlineData("mobilenet_v3_small")]
    public void A_model_made_saved_loaded_and_disposed_leaves_no_tensor_behind(string name)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("model.tl");
        long before = LibTorch.LiveTensorCount;
        using (ImageModel model = TransferModel.Create(name, 3))
        {
            model.ReplaceHead(5);
            model.Save(path);
        }

        Assert.Equal(before, LibTorch.LiveTensorCount);
        ImageModel.Load(path).Dispose();
        Assert.Equal(before, LibTorch.LiveTensorCount);
    }

    [Theory]
    [MemberData(nameof(TinyNetworks.EachForm), MemberType = typeof(TinyNetworks))]
    public void A_forward_leaves_no_tensor_behind(string name)
    {
        using ImageNetwork network = TinyNetworks.Build(name);
        TinyNetworks.Fill(network, 0.01f);
        using torch.Tensor images = TinyNetworks.Images(name, 2, forAuxiliaryHeads: network.AuxiliaryWeight > 0);
        foreach (bool trains in new[] { false, true })
        {
            network.train(trains);
            long first = Forward();
            Forward();
            Assert.Equal(first, Forward());
        }

        long Forward()
        {
            using (network.ForwardMap(images))
            {
            }

            (torch.Tensor logits, IReadOnlyList<torch.Tensor> auxiliary) = network.ForwardTraining(images);
            logits.Dispose();
            foreach (torch.Tensor output in auxiliary)
            {
                output.Dispose();
            }

            return LibTorch.LiveTensorCount;
        }
    }
}
