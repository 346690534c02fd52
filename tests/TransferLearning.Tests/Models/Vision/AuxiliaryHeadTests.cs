using TorchSharp;

namespace TransferLearning.Tests;

public sealed class AuxiliaryHeadTests
{
    public static TheoryData<string, string[], double> Networks => new()
    {
        { "inception_v3", ["AuxLogits.fc"], 0.4 },
        { "googlenet", ["aux1.fc2", "aux2.fc2"], 0.3 },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Are_named_and_weighed_as_published(string architecture, string[] names, double weight)
    {
        using ImageNetwork network = ModelCatalog.Get(architecture).Build();
        Assert.Equal(names, network.AuxiliaryHeads);
        Assert.Equal(weight, network.AuxiliaryWeight);
        Assert.All(names, name => Assert.Contains($"{name}.weight", network.State().Select(entry => entry.Key)));

        using ImageNetwork without = ModelCatalog.Get(architecture).Build(new NetworkOptions { AuxiliaryHeads = false });
        Assert.Empty(without.AuxiliaryHeads);
    }

    [Theory]
    [InlineData("inception_v3")]
    [InlineData("googlenet")]
    public void Change_their_classes_when_asked(string architecture)
    {
        using ImageNetwork network = ModelCatalog.Get(architecture).Build();
        IReadOnlyList<string> names = network.AuxiliaryHeads;
        string[] before = [.. network.State().Select(entry => entry.Key)];
        foreach (string name in names)
        {
            long inputs = ((WeightLayer)network.AuxiliaryLayer(name)).Weight.size(1);
            network.ReplaceAuxiliaryLayer(name, new Linear(inputs, 7));
        }

        Assert.Equal(before, network.State().Select(entry => entry.Key));
        Assert.All(names, name => Assert.Equal(7, network.State().Single(entry => entry.Key == $"{name}.weight").Value.size(0)));
        Assert.All(names, name => Assert.Equal([7L], network.State().Single(entry => entry.Key == $"{name}.bias").Value.shape));
    }

    [Fact]
    public void Give_logits_in_training_alone()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageNetwork network = ModelCatalog.Get("googlenet").Build(new NetworkOptions { Classes = 5 });
        network.Initialize(seed: 3);
        network.ReplaceAuxiliaryLayer("aux2.fc2", new Linear(1024, 7));
        torch.Tensor images = torch.ones(2, 3, 64, 64);

        (torch.Tensor logits, IReadOnlyList<torch.Tensor> auxiliary) = network.ForwardTraining(images);
        Assert.Equal([2L, 5L], logits.shape);
        Assert.Equal([[2L, 5L], [2L, 7L]], auxiliary.Select(other => other.shape));

        network.eval();
        Assert.Empty(network.ForwardTraining(images).Auxiliary);
    }

    [Fact]
    public void Of_another_name_are_refused_with_the_names_there_are()
    {
        using ImageNetwork network = ModelCatalog.Get("googlenet").Build();
        ArgumentException error = Assert.Throws<ArgumentException>(() => network.AuxiliaryLayer("aux1"));
        Assert.Contains("aux1.fc2, aux2.fc2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_Inception_v3_refuse_images_that_are_too_small_for_them()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageNetwork network = ModelCatalog.Get("inception_v3").Build();
        network.Initialize(seed: 3);
        ArgumentException error = Assert.Throws<ArgumentException>(() => network.ForwardTraining(torch.ones(2, 3, 128, 128)));
        Assert.Contains("299x299", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("inception_v3")]
    [InlineData("googlenet")]
    public void Other_channels_than_three_cannot_be_transformed(string architecture)
        => Assert.Throws<ArgumentException>(
            () => ModelCatalog.Get(architecture).Build(new NetworkOptions { TransformInput = true, InputChannels = 1 }));
}
