using TorchSharp;

namespace TransferLearning.Tests;

public sealed class VisionTransformerTests
{
    [Fact]
    public void Refuses_images_of_another_size()
    {
        using ImageNetwork network = Build(64);
        using torch.Tensor images = torch.zeros(1, 3, 64, 96);
        ArgumentException error = Assert.Throws<ArgumentException>(() => network.ForwardFeatures(images));
        Assert.Contains("64 by 64", error.Message, StringComparison.Ordinal);
        Assert.Contains("[1, 3, 64, 96]", error.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(NetworkOptions.ImageSize), error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(0)]
    [InlineData(-32)]
    public void Refuses_a_size_that_patches_do_not_fill(int size)
        => Assert.Contains($"{size}", Assert.Throws<ArgumentException>(() => Build(size).Dispose()).Message, StringComparison.Ordinal);

    [Fact]
    public void Lays_the_tokens_out_as_their_grid()
    {
        using ImageNetwork network = Build(96);
        network.Initialize(1);
        network.eval();
        using torch.Tensor images = torch.zeros(2, 3, 96, 96);
        using torch.Tensor map = network.ForwardMap(images);
        Assert.Equal([2, network.FeatureCount, 3, 3], map.shape);
    }

    [Fact]
    public void Stretches_the_positions_of_another_size_and_leaves_the_rest()
    {
        using ImageNetwork network = Build(96);
        using torch.Tensor stored = torch.rand(1, 1 + (7 * 7), 768);
        using torch.Tensor? adapted = network.AdaptState("encoder.pos_embedding", stored);
        using torch.Tensor expected = PositionGrid.Resize(stored, 3);
        Assert.NotNull(adapted);
        Assert.Equal([1, 10, 768], adapted.shape);
        Assert.True(expected.allclose(adapted));
        Assert.Null(network.AdaptState("encoder.pos_embedding", adapted));
        Assert.Null(network.AdaptState("class_token", stored));
    }

    [Theory]
    [InlineData("encoder.layers.encoder_layer_3.mlp.linear_1.weight", "encoder.layers.encoder_layer_3.mlp.0.weight")]
    [InlineData("encoder.layers.encoder_layer_11.mlp.linear_2.bias", "encoder.layers.encoder_layer_11.mlp.3.bias")]
    [InlineData("encoder.layers.encoder_layer_11.mlp.3.bias", "encoder.layers.encoder_layer_11.mlp.3.bias")]
    [InlineData("heads.head.weight", "heads.head.weight")]
    public void Knows_the_names_of_older_checkpoints(string stored, string expected)
    {
        using ImageNetwork network = Build(32);
        Assert.Equal(expected, network.CheckpointNames.Apply(stored));
    }

    private static ImageNetwork Build(int size) => ModelCatalog.Get("vit_b_32").Build(new NetworkOptions { ImageSize = size });
}
