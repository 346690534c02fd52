using TorchSharp;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TransferLearning.Tests;

public sealed class StageSearchTests
{
    [Theory]
    [InlineData("alexnet", 96, "features.12")]
    [InlineData("densenet121", 64, "features.relu5")]
    [InlineData("mobilenet_v3_small", 64, "features.12")]
    [InlineData("resnet18", 64, "layer4")]
    [InlineData("shufflenet_v2_x0_5", 64, "conv5")]
    [InlineData("squeezenet1_1", 64, "features.12")]
    [InlineData("swin_t", 64, "norm")]
    [InlineData("vit_b_32", 96, "encoder.layers.encoder_layer_11.ln_1")]
    public void The_last_grid_that_the_score_depends_on_is_looked_into(string architecture, int size, string layer)
    {
        using DisposeScope scope = NewDisposeScope();
        using ImageNetwork network = Build(architecture, size);
        (string name, Tensor activation, Tensor gradient) = StageSearch.Find(Input(network, size), null);
        Assert.Equal(layer, name);
        Assert.Equal(activation.shape, gradient.shape);
        Assert.Equal(activation.size(1), activation.size(2));
        Assert.True(gradient.abs().sum().item<float>() > 0);
    }

    [Theory]
    [InlineData("efficientnet_b0", 64)]
    [InlineData("regnet_y_400mf", 64)]
    [InlineData("mnasnet0_5", 64)]
    [InlineData("swin_v2_t", 64)]
    [InlineData("convnext_tiny", 64)]
    public void Every_module_that_turns_a_tensor_into_another_can_be_looked_into(string architecture, int size)
    {
        using DisposeScope scope = NewDisposeScope();
        using ImageNetwork network = Build(architecture, size);
        HashSet<nn.Module> seen = [];
        using (no_grad())
        using (new ForwardTap
        {
            OnOutput = (module, _) =>
            {
                seen.Add(module);
                return null;
            },
        })
        {
            _ = Input(network, size).Outputs();
        }

        // Swin multiplies by its first projection itself, and nothing is dropped in evaluation.
        Assert.Empty(network.named_modules()
            .Where(module => module.module is nn.Module<Tensor, Tensor> and not Sequential && !seen.Contains(module.module))
            .Select(module => module.name)
            .Where(name => name.Split('.')[^1] is not ("qkv" or "stochastic_depth")));
    }

    [Fact]
    public void A_stage_is_its_last_grid_and_a_module_itself()
    {
        using DisposeScope scope = NewDisposeScope();
        using ImageNetwork network = Build("swin_t", 64);
        ScoredInput input = Input(network, 64);
        Assert.Equal("features.5", StageSearch.Find(input, "stage3").Name);
        (string name, Tensor activation, _) = StageSearch.Find(input, "features.3.0.norm1");
        Assert.Equal(("features.3.0.norm1", 192, 8, 8), (name, activation.size(0), activation.size(1), activation.size(2)));
        Assert.Equal(
            StageSearch.Find(input, "features.7").Activation.sum().item<float>(),
            StageSearch.Find(input, "features").Activation.sum().item<float>()); // the network runs the members of this chain
    }

    [Theory]
    [InlineData(new long[] { 1, 5, 4, 6 }, 40, 60, new long[] { 5, 4, 6 })]
    [InlineData(new long[] { 1, 6, 8, 11 }, 16, 21, new long[] { 6, 8, 11 })]
    [InlineData(new long[] { 1, 7, 7, 7 }, 32, 32, new long[] { 7, 7, 7 })]
    [InlineData(new long[] { 1, 25, 3 }, 40, 60, new long[] { 3, 4, 6 })]
    [InlineData(new long[] { 1, 24, 3 }, 40, 60, new long[] { 3, 4, 6 })]
    [InlineData(new long[] { 1, 26, 3 }, 40, 60, new long[] { 3, 4, 6 })]
    [InlineData(new long[] { 1, 50, 8 }, 224, 224, new long[] { 8, 7, 7 })]
    [InlineData(new long[] { 1, 5, 1, 1 }, 32, 32, null)]
    [InlineData(new long[] { 2, 5, 4, 4 }, 32, 32, null)]
    [InlineData(new long[] { 1, 5 }, 32, 32, null)]
    [InlineData(new long[] { 1, 24, 3 }, 32, 32, null)]
    public void Grids_are_found_by_the_shape_of_the_image(long[] output, int height, int width, long[]? grid)
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.Equal(grid, SpatialGrid.Of(zeros(output), height, width)?.shape);
    }

    [Fact]
    public void Channels_come_last_where_the_layer_or_the_network_says_so()
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.Equal([5, 4, 6], SpatialGrid.Of(zeros(1, 4, 6, 5), 40, 60, isChannelsLast: true)!.shape);
        using ImageNetwork swin = Build("swin_t", 64), resnet = Build("resnet18", 64);
        Assert.True(IsLast(swin, "features.3"));
        Assert.True(IsLast(swin, "features.3.0.norm1"));
        Assert.False(IsLast(swin, "features.0.0")); // a convolution
        Assert.False(IsLast(resnet, "layer3"));

        static bool IsLast(ImageNetwork network, string name)
            => SpatialGrid.IsChannelsLast(network, network.named_modules().First(module => module.name == name).module);
    }

    private static ImageNetwork Build(string architecture, int size)
    {
        ImageNetwork network = ModelCatalog.Get(architecture).Build(
            new NetworkOptions { Classes = 3, ImageSize = architecture.StartsWith("vit", StringComparison.Ordinal) ? size : null });
        network.Initialize(1);
        using (Generator generator = new(2))
        using (no_grad())
        {
            foreach (Parameter weight in network.FinalLayer.parameters())
            {
                weight.normal_(0, 0.1, generator); // a vision transformer's begins at 0
            }
        }

        network.eval();
        return network;
    }

    private static ScoredInput Input(ImageNetwork network, int size)
        => ImageExplanation.InputOf(network, Device.Cpu, linspace(-2, 2, 3 * size * size).view(1, 3, size, size));
}
