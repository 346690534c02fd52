namespace TransferLearning.Tests;

public sealed class DenseNetTests
{
    [Theory]
    [InlineData("features.denseblock2.denselayer12.norm.1.running_mean", "features.denseblock2.denselayer12.norm1.running_mean")]
    [InlineData("features.denseblock1.denselayer1.conv.2.weight", "features.denseblock1.denselayer1.conv2.weight")]
    [InlineData("features.denseblock1.denselayer1.conv2.weight", "features.denseblock1.denselayer1.conv2.weight")]
    [InlineData("features.transition1.norm.weight", "features.transition1.norm.weight")]
    [InlineData("classifier.weight", "classifier.weight")]
    public void Knows_the_names_of_the_published_files(string stored, string expected)
    {
        using ImageNetwork network = ModelCatalog.Get("densenet121").Build();
        Assert.Equal(expected, network.CheckpointNames.Apply(stored));
        Assert.Contains(expected, network.State().Select(entry => entry.Key));
    }
}
