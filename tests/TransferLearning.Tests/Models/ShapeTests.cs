using TorchSharp;

namespace TransferLearning.Tests;

public sealed class ShapeTests
{
    [Theory]
    [MemberData(nameof(TinyNetworks.All), MemberType = typeof(TinyNetworks))]
    public void Every_parameter_belongs_to_one_stage_or_to_the_head(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageNetwork network = TinyNetworks.Build(name);
        NetworkStage head = new(network.HeadNames[0]);
        Assert.Contains(network.named_parameters(), entry => head.Holds(entry.name));
        Assert.All(network.named_parameters(), entry => Assert.Single(network.Stages.Append(head), stage => stage.Holds(entry.name)));
        Assert.All(network.Stages, stage => Assert.Contains(network.named_parameters(), entry => stage.Holds(entry.name)));
        Assert.Equal(network.Stages.Count, network.Stages.Select(stage => stage.Name).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(TinyNetworks.EachForm), MemberType = typeof(TinyNetworks))]
    public void Features_and_logits_have_the_shapes_promised(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageNetwork network = TinyNetworks.BuildInitialized(name);
        using IDisposable inference = torch.no_grad();
        network.eval();
        torch.Tensor images = TinyNetworks.Images(name, 2);
        torch.Tensor map = network.ForwardMap(images);
        torch.Tensor features = network.ForwardFeatures(images);
        torch.Tensor logits = network.call(images);
        Assert.Equal(4, map.dim());
        Assert.Equal(2, map.size(0));
        Assert.Contains(features.dim(), new long[] { 2, 4 });
        Assert.Equal([2, network.FeatureCount], features.shape[..2]);
        Assert.Equal([2, TinyNetworks.Classes], logits.shape);
        Assert.True(logits.isfinite().all().item<bool>());
    }

    [Theory]
    [MemberData(nameof(TinyNetworks.EachForm), MemberType = typeof(TinyNetworks))]
    public void A_module_that_is_initialized_alone_gets_what_it_gets_among_all(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageNetwork whole = TinyNetworks.BuildInitialized(name), part = TinyNetworks.Build(name);
        TinyNetworks.Fill(part, float.NaN);
        HashSet<string> chosen =
        [
            .. part.State().Select(entry => entry.Key)
                .GroupBy(entry => entry[..Math.Max(entry.LastIndexOf('.'), 0)])
                .Where((_, i) => i % 2 == 0)
                .SelectMany(entries => entries),
        ];
        part.InitializeOwnersOf(1, chosen);
        Assert.All(whole.State().Zip(part.State()).Where(pair => chosen.Contains(pair.First.Key)), pair =>
            Assert.True(pair.First.Value.equal(pair.Second.Value).all().item<bool>(), pair.First.Key));
    }

    [Theory]
    [MemberData(nameof(TinyNetworks.EachForm), MemberType = typeof(TinyNetworks))]
    public void Every_part_follows_to_another_type(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageNetwork network = TinyNetworks.BuildInitialized(name);
        using IDisposable inference = torch.no_grad();
        network.eval();
        torch.Tensor images = TinyNetworks.Images(name, 2);
        torch.Tensor single = network.call(images);
        network.to(torch.ScalarType.Float64);
        torch.Tensor twice = network.call(images.to(torch.ScalarType.Float64));
        Assert.Equal(torch.ScalarType.Float64, twice.dtype);
        double bound = 1e-3 * Math.Max(1, twice.abs().max().item<double>());
        Assert.InRange((single - twice).abs().max().item<double>(), 0, bound);
    }
}
