using Microsoft.Extensions.Logging;
using TorchSharp;

namespace TransferLearning.Tests;

public sealed class OptimizedInferenceTests
{
    [Theory]
    [MemberData(nameof(TinyNetworks.EachForm), MemberType = typeof(TinyNetworks))]
    public void It_equals_the_plain_network_and_is_close_to_it_in_bfloat16(string name)
    {
        using ImageNetwork network = BuildWithStatistics(name);
        bool hasConvolutions = network.modules().Count(module => module is Conv2d) > 1;
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor images = TinyNetworks.Images(name, 2);
        torch.Tensor before = images.clone();
        torch.Tensor plain = Plain(network, images, network.ForwardFeatures);
        using OptimizedInference form = new(network, Device.Cpu);
        AssertClose(plain, form.ForwardFeatures(images), 2e-5);
        Assert.Equal(LibTorch.OneDnnIsOn && hasConvolutions, form.IsFast);

        using OptimizedInference halved = new(network, Device.Cpu, Precision.BFloat16);
        torch.Tensor close = halved.ForwardFeatures(images);
        AssertClose(plain, close, OptimizedInference.BFloat16Tolerance);
        Assert.Equal(torch.ScalarType.Float32, close.dtype);
        Assert.Equal(OptimizedInference.PrecisionOn(Device.Cpu, Precision.BFloat16), halved.Precision);
        Assert.Equal(LibTorch.OneDnnIsOn && (hasConvolutions || Autocast.ProcessorHasBFloat16), halved.IsFast);
        Assert.False(Autocast.IsActive);
        Assert.Equal(0f, (images - before).abs().max().item<float>());
    }

    [Theory]
    [InlineData("resnet18")]
    [InlineData("mobilenet_v2")]
    [InlineData("densenet121")]
    public void Logits_and_features_of_any_number_of_images_equal_the_plain_networks(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageNetwork network = BuildWithStatistics(name);
        using OptimizedInference form = new(network, Device.Cpu);
        foreach (int count in new[] { 7, 5, 2 }) // checked, filled up, checked
        {
            torch.Tensor images = TinyNetworks.Images(name, count);
            AssertClose(Plain(network, images, network.ForwardFeatures), form.ForwardFeatures(images), 2e-5);
            AssertClose(Plain(network, images, network.call), form.Forward(images), 2e-5);
            Assert.Equal(LibTorch.OneDnnIsOn, form.IsFast);
        }
    }

    [Fact]
    public void Large_images_go_through_a_few_at_once_and_each_gets_what_the_plain_network_gives()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageNetwork network = ModelCatalog.Get("mobilenet_v3_small").Build(new NetworkOptions());
        network.Initialize(1);
        network.eval();
        using torch.Generator generator = new(2);
        torch.Tensor images = torch.randn([19, 3, 320, 320], generator: generator);
        torch.Tensor plain = Plain(network, images, network.call);
        List<long> counts = [];
        network.register_forward_pre_hook((_, input) =>
        {
            counts.Add(((ImageInput)input).Values.size(0));
            return input;
        });
        using OptimizedInference form = new(network, Device.Cpu);
        AssertClose(plain, form.Forward(images), 2e-5);
        Assert.Equal(8, counts.Max());
        counts.Clear();
        long live = LibTorch.LiveTensorCount;
        form.Forward(images).Dispose();
        Assert.Equal(live, LibTorch.LiveTensorCount);
        Assert.Equal([8, 8, 8], counts); // the last 3 are filled up
    }

    [Fact]
    public void The_network_is_not_touched_and_nothing_is_left_behind()
    {
        using ImageNetwork network = BuildWithStatistics("resnet18");
        using torch.Tensor images = TinyNetworks.Images("resnet18", 2);
        List<torch.Tensor> before = [.. network.State().Select(entry => entry.Value.clone())];
        long live = LibTorch.LiveTensorCount;
        using (OptimizedInference form = new(network, Device.Cpu))
        {
            form.ForwardFeatures(images).Dispose();
            long first = LibTorch.LiveTensorCount;
            form.ForwardFeatures(images).Dispose();
            form.ForwardFeatures(images).Dispose();
            Assert.Equal(first, LibTorch.LiveTensorCount);
        }

        Assert.Equal(live, LibTorch.LiveTensorCount);
        Assert.All(network.State().Zip(before), pair =>
        {
            using torch.Tensor same = pair.First.Value.eq(pair.Second).all();
            Assert.True(same.item<bool>(), pair.First.Key);
            Assert.True(pair.First.Value.is_contiguous());
        });
        before.ForEach(tensor => tensor.Dispose());
    }

    [Fact]
    public void Each_call_gives_the_same_bits_also_from_other_threads()
    {
        using ImageNetwork network = BuildWithStatistics("resnet18");
        using torch.Tensor images = TinyNetworks.Images("resnet18", 2);
        using OptimizedInference form = new(network, Device.Cpu);
        float[] first = Numbers();
        float[][] others = [.. Enumerable.Range(0, 8).AsParallel().WithDegreeOfParallelism(4).Select(_ => Numbers())];
        Assert.All(others, other => Assert.Equal(first, other));

        float[] Numbers()
        {
            using torch.Tensor features = form.ForwardFeatures(images);
            return features.data<float>().ToArray();
        }
    }

    [Fact]
    public void A_form_that_disagrees_is_given_up_with_a_note()
    {
        Assert.SkipUnless(LibTorch.OneDnnIsOn, "There is no faster form without oneDNN.");
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageNetwork network = BuildWithStatistics("resnet18");
        torch.Tensor images = TinyNetworks.Images("resnet18", 2);
        NoteLogger log = new();
        using OptimizedInference form = new(network, Device.Cpu, logger: log);
        form.ForwardFeatures(images);
        Assert.True(form.IsFast);
        Assert.Empty(log.Notes);

        // The copies are of the old weights, so a shape that is new to the form meets a network that is no longer its own.
        network.Initialize(7);
        torch.Tensor more = TinyNetworks.Images("resnet18", 3);
        AssertClose(Plain(network, more, network.ForwardFeatures), form.ForwardFeatures(more), 0);
        Assert.False(form.IsFast);
        Assert.Contains("resnet18", Assert.Single(log.Notes), StringComparison.Ordinal);
        AssertClose(Plain(network, images, network.ForwardFeatures), form.ForwardFeatures(images), 0);
    }

    [Fact]
    public void Where_bfloat16_disagrees_the_faster_form_in_float32_answers()
    {
        Assert.SkipUnless(
            OptimizedInference.PrecisionOn(Device.Cpu, Precision.BFloat16) == Precision.BFloat16, "This machine has no bfloat16.");
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageNetwork network = BuildWithStatistics("resnet18");
        NoteLogger log = new();
        using OptimizedInference form = new(network, Device.Cpu, Precision.BFloat16, log);
        form.ForwardFeatures(TinyNetworks.Images("resnet18", 2));
        Assert.Equal(Precision.BFloat16, form.Precision);
        Assert.Empty(log.Notes);

        // The copies in bfloat16 are of the old weights, those in float32 are made only now.
        network.Initialize(7);
        torch.Tensor more = TinyNetworks.Images("resnet18", 3);
        AssertClose(Plain(network, more, network.ForwardFeatures), form.ForwardFeatures(more), 2e-5);
        Assert.True(form.IsFast);
        Assert.Equal(Precision.Float32, form.Precision);
        Assert.Contains("BFloat16", Assert.Single(log.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Results_that_are_not_finite_are_left_to_the_plain_network()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageNetwork network = BuildWithStatistics("resnet18");
        torch.Tensor images = TinyNetworks.Images("resnet18", 2);
        images[1, 0, 3, 3] = float.NaN;
        using OptimizedInference form = new(network, Device.Cpu);
        Assert.True(form.ForwardFeatures(images).isnan().any().item<bool>());
        Assert.False(form.IsFast);
    }

    [Fact]
    public void Without_one_dnn_the_plain_network_answers()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageNetwork network = BuildWithStatistics("resnet18");
        torch.Tensor images = TinyNetworks.Images("resnet18", 2);
        LibTorch.Configure(new RuntimeOptions { OneDnn = OneDnnMode.Off });
        try
        {
            NoteLogger log = new();
            using OptimizedInference form = new(network, Device.Cpu, Precision.BFloat16, log);
            Assert.False(form.IsFast);
            Assert.Equal(Precision.Float32, form.Precision);
            Assert.Single(log.Notes);
            AssertClose(Plain(network, images, network.ForwardFeatures), form.ForwardFeatures(images), 0);
        }
        finally
        {
            LibTorch.Configure(new RuntimeOptions());
        }
    }

    [Fact]
    public void A_network_in_training_mode_is_refused()
    {
        using ImageNetwork network = TinyNetworks.Build("resnet18");
        network.train();
        Assert.Throws<ArgumentException>(() => new OptimizedInference(network, Device.Cpu));
    }

    private static ImageNetwork BuildWithStatistics(string name)
    {
        ImageNetwork network = TinyNetworks.BuildInitialized(name);
        using torch.Generator generator = new(5);
        using IDisposable guard = torch.no_grad();
        foreach (BatchNorm2d norm in network.modules().OfType<BatchNorm2d>())
        {
            norm.RunningMean.normal_(0, 0.2, generator);
            norm.RunningVariance.uniform_(0.5, 1.5, generator);
            norm.Weight.uniform_(0.5, 1.5, generator);
            norm.Bias.normal_(0, 0.2, generator);
        }

        network.eval();
        return network;
    }

    private static torch.Tensor Plain(ImageNetwork network, torch.Tensor images, Func<torch.Tensor, torch.Tensor> forward)
    {
        Assert.False(network.training);
        using IDisposable guard = torch.no_grad();
        return forward(images);
    }

    private static void AssertClose(torch.Tensor expected, torch.Tensor found, double tolerance)
    {
        Assert.Equal(expected.shape, found.shape);
        double share = ((expected - found).flatten(1).norm(1) / expected.flatten(1).norm(1)).max().item<float>();
        Assert.True(share <= tolerance, $"{share} of the norm");
    }

    private sealed class NoteLogger : ILogger
    {
        public List<string> Notes { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => Notes.Add(formatter(state, exception));
    }
}
