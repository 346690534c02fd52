using TorchSharp;

namespace TransferLearning.Tests;

public sealed class PretrainedTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pretrained-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_first_layer_keeps_what_it_knows_about_colour_for_one_and_for_four_channels()
    {
        string path = Saved("resnet18", new NetworkOptions());
        using ImageModel rgb = Pretrained.ResNet18(path);
        using ImageModel grey = Pretrained.ResNet18(path, new PretrainedOptions { Network = new NetworkOptions { InputChannels = 1 } });
        using ImageModel four = Pretrained.ResNet18(path, new PretrainedOptions { Network = new NetworkOptions { InputChannels = 4 } });
        Assert.Equal(1, grey.LoadReport!.Coverage, 6);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable guard = torch.no_grad();
        torch.Tensor one = torch.linspace(-1, 1, 2 * 64 * 64).reshape(2, 1, 64, 64);
        torch.Tensor expected = rgb.Module.call(one.expand(2, 3, 64, 64));
        Assert.True((grey.Module.call(one) - expected).abs().max().item<float>() < 1e-3f * expected.abs().max().item<float>());
        Assert.Equal([64, 4, 7, 7], four.Module.State()[0].Value.shape);
    }

    [Fact]
    public void A_file_without_auxiliary_heads_builds_a_network_without_them()
    {
        string path = Saved("googlenet", new NetworkOptions { AuxiliaryHeads = false, Classes = 4 });
        using ImageModel model = Pretrained.GoogLeNet(path);
        Assert.Empty(model.Module.AuxiliaryHeads);
        Assert.Equal(1, model.LoadReport!.Coverage);
    }

    [Fact]
    public void Auxiliary_heads_change_their_classes_with_the_main_one()
    {
        using ImageModel model = TransferModel
            .Create("googlenet", 10, options: new NetworkOptions { AuxiliaryHeads = true })
            .ReplaceHead(3);
        model.Module.train();
        using DisposeScope scope = torch.NewDisposeScope();
        (torch.Tensor logits, IReadOnlyList<torch.Tensor> auxiliary) = model.Module.ForwardTraining(torch.zeros(2, 3, 64, 64));
        Assert.Equal([2, 3], logits.shape);
        Assert.NotEmpty(auxiliary);
        Assert.All(auxiliary, other => Assert.Equal([2, 3], other.shape));
    }

    [Fact]
    public void A_head_that_the_file_lacks_begins_as_small_noise()
    {
        string path = Path.Combine(_folder, "backbone.safetensors");
        using (ImageModel whole = TransferModel.Create("resnet20", 10))
        using (
            StateDict backbone = StateDict.FromTensors(
                whole.Module.State().Where(entry => !entry.Key.StartsWith("linear", StringComparison.Ordinal))))
        {
            backbone.Save(path);
        }

        using ImageModel model = Pretrained.ResNet20(path);
        Assert.Equal(["linear.weight", "linear.bias"], model.LoadReport!.Missing);
        using torch.Tensor spread = model.Module.State().Single(entry => entry.Key == "linear.weight").Value.std();
        Assert.InRange(spread.item<float>(), 0.017f, 0.023f);
    }

    [Fact]
    public void A_network_of_the_wrong_size_names_what_differs()
    {
        string path = Saved("resnet20", new NetworkOptions());
        WeightLoadException exception = Assert.Throws<WeightLoadException>(() => Pretrained.ResNet56(path));
        Assert.Contains("layer1.3.conv1.weight", exception.Report.Missing);
    }

    [Fact]
    public void Weights_that_are_nowhere_name_the_file_the_address_and_the_folder()
    {
        PretrainedOptions offline = new() { Store = new WeightStoreOptions { Offline = true, Home = _folder } };
        Exception exception = Assert.ThrowsAny<IOException>(() => Pretrained.ResNet152(options: offline));
        Assert.Contains("resnet152", exception.Message, StringComparison.Ordinal);
        Assert.Contains("https://", exception.Message, StringComparison.Ordinal);
        Assert.Contains(_folder, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resnet20-12fca82f.th", "resnet20")]
    [InlineData("resnet56-4bfd9763.th", "resnet56")]
    public void Published_cifar_weights_score_what_was_recorded(string file, string architecture)
    {
        string weights = SharedData.Path($"models/{file}");
        using Dataset test = ImageFolder.Open(SharedData.Path("cifar10/test.zip"));
        using System.Text.Json.JsonDocument golden = System.Text.Json.JsonDocument.Parse(
            File.ReadAllText(SharedData.Path("models/cifar_resnet_golden.json")));
        double expected = golden.RootElement.GetProperty("models").GetProperty(file).GetProperty("top1_percent").GetDouble();
        using ImageModel model = Pretrained.Load(architecture, weights);
        EvaluationResult result = model.Evaluate(test, new EvaluateOptions { BatchSize = 250 });
        Assert.Equal(expected, 100 * result.Accuracy!.Value, 0.05);
    }

    private string Saved(string architecture, NetworkOptions options)
    {
        string path = Path.Combine(_folder, $"{architecture}.safetensors");
        using ImageNetwork network = ModelCatalog.Get(architecture).Build(options);
        network.Initialize(1);
        using StateDict state = StateDict.FromTensors(network.State());
        state.Save(path);
        return path;
    }
}
