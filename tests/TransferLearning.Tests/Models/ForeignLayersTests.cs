using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class ForeignLayersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ForeignLayersTests() => ForeignLayers.Register();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_checkpoint_decides_how_many_classes_there_are()
    {
        string path = Path.Combine(_folder.Path, "weights.safetensors");
        using ImageNetwork network = ForeignLayers.Network(7);
        network.Initialize(3);
        using (StateDict state = StateDict.FromTensors(network.State()))
        {
            state.Save(path);
        }

        using TransferModel same = Pretrained.Load(
            ForeignLayers.Architecture,
            path,
            new PretrainedOptions { Network = new NetworkOptions { Classes = 7 } });
        Assert.Empty(same.LoadReport!.Missing);
        Assert.Equal(TinyText.Numbers(network), TinyText.Numbers(same.Module));
        using TransferModel found = Pretrained.Load(ForeignLayers.Architecture, path);
        Assert.Equal(7, found.Classes);
        Assert.Equal(TinyText.Numbers(network), TinyText.Numbers(found.Module));
    }

    [Fact]
    public void Its_head_is_replaced_its_backbone_frozen_and_the_model_saved_and_loaded()
    {
        using TransferModel model = TransferModel.Create(ForeignLayers.Architecture, 10, seed: 1).ReplaceHead(3).FreezeBackbone();
        Assert.Equal(
            ["classifier.weight", "classifier.bias"],
            model.Module.named_parameters().Where(entry => entry.parameter.requires_grad).Select(entry => entry.name));
        string path = Path.Combine(_folder.Path, "model.safetensors");
        model.Save(path);
        using TransferModel loaded = TransferModel.Load(path);
        Assert.Equal(TinyText.Numbers(model.Module), TinyText.Numbers(loaded.Module));
        Assert.Equal(model.TrainableParameters, loaded.TrainableParameters);
    }

    [Fact]
    public void One_seed_gives_the_same_weights()
    {
        using TransferModel one = TransferModel.Create(ForeignLayers.Architecture, 5, seed: 4);
        using TransferModel two = TransferModel.Create(ForeignLayers.Architecture, 5, seed: 4);
        Assert.Equal(TinyText.Numbers(one.Module), TinyText.Numbers(two.Module));
    }
}
