using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Exchange.Tests;

public sealed class WrapTests : IDisposable
{
    private static readonly ImagePreprocess Small = new(32, 32, ChannelValues.ImageNetMean, ChannelValues.ImageNetStd);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Modules() => ["fc", "forward", "nested", "sequential"];

    [Theory]
    [MemberData(nameof(Modules))]
    public void A_module_keeps_its_names_and_outputs(string kind)
    {
        (nn.Module<Tensor, Tensor> module, string head) = Make(kind);
        using Tensor images = rand([2, 3, 32, 32]);
        module.eval();
        using Tensor expected = module.call(images);
        string[] names = [.. module.state_dict().Keys];

        using ImageModel model = TransferModel.Wrap(module, head, Small);
        using Tensor given = model.Module.call(images);

        Assert.Equal(names.Order(), model.Module.State().Select(entry => entry.Key).Order());
        Assert.Equal(5, model.Classes);
        Assert.True(given.allclose(expected, 1e-5, 1e-6));
    }

    [Fact]
    public void One_line_gives_it_a_new_head()
    {
        (nn.Module<Tensor, Tensor> module, _) = Make("fc");

        using ImageModel model = TransferModel.Wrap(module, head: "fc").ReplaceHead(3); // README

        Assert.Equal(3, model.Classes);
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public void The_sentence_works_with_it(string kind)
    {
        Dataset samples = SmallSets.Images(18, SmallSets.Colours);
        (nn.Module<Tensor, Tensor> module, string head) = Make(kind);
        using ImageModel model = TransferModel.Wrap(module, head, Small).ReplaceHead(3).FreezeBackbone();
        float[] statistics = Values(model, "running_mean");
        Assert.True(model.BackboneIsFrozen);

        TrainingHistory history = model.FineTune(samples, new AdamW(0.05), new FineTuneOptions { Epochs = 3, BatchSize = 6, Workers = 0 });
        Assert.Equal(StopReason.Completed, history.StopReason);
        Assert.Equal(statistics, Values(model, "running_mean"));
        Assert.Equal(51, history.TrainedParameters);

        LinearProbeResult probe = model.Probe(samples, new RidgeProbe());
        Assert.Equal(18, probe.Count);
        using FeatureSet features = model.ExtractFeatures(samples);
        Assert.Equal([18L, 16L], features.Features.shape);
        model.UnfreezeFrom("layer2").FineTune(
            samples, new Sgd(0.001), new FineTuneOptions { Epochs = 1, BatchSize = 6, Workers = 0, Validation = samples });
        Assert.NotEqual(statistics, Values(model, "running_mean"));
        Assert.InRange(model.Evaluate(samples).Score!.Value, 0.5, 1);
        Assert.Contains(model.Predict(new EncodedImage(Encoded())).ClassName, SmallSets.Colours);
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public void It_is_saved_and_loaded_with_a_module_again(string kind)
    {
        (nn.Module<Tensor, Tensor> module, string head) = Make(kind);
        using ImageModel model = TransferModel.Wrap(module, head, Small).ReplaceHead(SmallSets.Colours);
        model.FineTune(SmallSets.Images(6, SmallSets.Colours), new Sgd(0.01), new FineTuneOptions { Epochs = 1, Workers = 0 });
        model.Save(_folder.File("own.tl"));

        using ImageModel again = ImageModel.Load(_folder.File("own.tl"), module: () => Make(kind).Module);
        Assert.Equal(ExchangedRuns.Weights(model), ExchangedRuns.Weights(again));
        Assert.Equal(SmallSets.Colours, again.ClassNames);
        Assert.Equal(model.Preprocess, again.Preprocess);

        string message = Assert.Throws<ArgumentException>(() => TransferModel.Load(_folder.File("own.tl"))).Message;
        Assert.Contains("module: () => new", message, StringComparison.Ordinal);
        using ImageModel known = TinyStudent.Model(1, SmallSets.Colours);
        known.Save(_folder.File("known.tl"));
        Assert.Throws<ArgumentException>(() => ImageModel.Load(_folder.File("known.tl"), module: () => Make(kind).Module));
    }

    [Fact]
    public void A_head_of_several_layers_is_saved_too()
    {
        Dataset samples = SmallSets.Images(6, SmallSets.Colours);
        (nn.Module<Tensor, Tensor> module, string head) = Make("nested");
        using ImageModel model = TransferModel.Wrap(module, head, Small).ReplaceHead(3, layers => layers.Linear(8).Relu());
        model.FineTune(samples, new Sgd(0.01), new FineTuneOptions { Epochs = 1, Workers = 0 });
        model.Save(_folder.File("own.tl"));
        using ImageModel again = ImageModel.Load(_folder.File("own.tl"), module: () => Make("nested").Module);
        Assert.Equal(ExchangedRuns.Weights(model), ExchangedRuns.Weights(again));
    }

    [Fact]
    public void It_is_explained_and_low_rank_weights_are_for_layers_of_the_library()
    {
        (nn.Module<Tensor, Tensor> module, string head) = Make("fc");
        using ImageModel model = TransferModel.Wrap(module, head, Small).WithClassNames(["a", "b", "c", "d", "e"]);
        ImageAttribution map = model.Explain(new EncodedImage(Encoded()), new GradCam());
        Assert.Equal([8, 8], [map.Grid!.Height, map.Grid.Width]);
        string message = Assert.Throws<ArgumentException>(() => model.WithLora(rank: 2)).Message;
        Assert.Contains("its layers are called", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_of_it_is_trained_saved_and_loaded_into_a_module_again()
    {
        Dataset samples = SmallSets.Images(18, SmallSets.Colours);
        using Layered first = new();
        using ImageModel model = TransferModel.Wrap(first, "fc", Small).ReplaceHead(SmallSets.Colours).WithLora(rank: 2, targets: ["mix"]);
        float[] before = Values(model, "mix.weight");
        TrainingHistory history = model.FineTune(
            samples, new AdamW(0.05), new FineTuneOptions { Epochs = 2, BatchSize = 6, Workers = 0 });
        Assert.Equal((2 * (16 + 16)) + 51, history.TrainedParameters);
        Assert.Equal(before, Values(model, "mix.weight"));
        model.SaveAdapter(_folder.File("adapter"));

        using Layered second = new();
        second.load_state_dict(first.state_dict().Where(entry => !entry.Key.StartsWith("fc.", StringComparison.Ordinal)
            && !entry.Key.Contains("lora", StringComparison.Ordinal)).ToDictionary(), strict: false);
        using ImageModel again = TransferModel.Wrap(second, "fc", Small).ReplaceHead(SmallSets.Colours);
        again.LoadAdapter(_folder.File("adapter"));
        using Tensor images = rand([3, 3, 32, 32]);
        using Tensor expected = model.Module.call(images), given = again.Module.call(images);
        Assert.Equal(expected.data<float>().ToArray(), given.data<float>().ToArray());
        Assert.Equal(
            model.Predict(new EncodedImage(Encoded())).ClassName, again.Predict(new EncodedImage(Encoded())).ClassName);
    }

    [Fact]
    public void A_run_of_it_resumes()
    {
        Dataset samples = SmallSets.Images(6, SmallSets.Colours);
        float[][] weights = new float[2][];
        for (int i = 0; i < 2; i++)
        {
            manual_seed(7);
            (nn.Module<Tensor, Tensor> module, string head) = Make("fc");
            using ImageModel model = TransferModel.Wrap(module, head, Small).ReplaceHead(SmallSets.Colours);
            if (i == 0)
            {
                model.FineTune(samples, new AdamW(0.01), new FineTuneOptions { Epochs = 2, Workers = 0 });
            }
            else
            {
                model.FineTune(samples, new AdamW(0.01), new FineTuneOptions { Epochs = 1, Workers = 0 }, _folder.File("run"));
                model.FineTune(samples, new AdamW(0.01), new FineTuneOptions { Epochs = 2, Workers = 0 }, _folder.File("run"));
            }

            weights[i] = ExchangedRuns.Weights(model);
        }

        Assert.Equal(weights[0], weights[1]);
    }

    [Fact]
    public void What_is_not_the_head_is_refused_and_the_module_stays_as_it_was()
    {
        using Net module = new(callsForward: false, softmax: true);
        using Tensor images = rand([2, 3, 32, 32]);
        module.eval();
        using Tensor expected = module.call(images);

        Assert.Contains("layer1", Refused("head"), StringComparison.Ordinal);
        Assert.Contains("without an nn.Linear", Refused("layer1"), StringComparison.Ordinal);
        Assert.Contains("softmax", Refused("fc"), StringComparison.Ordinal);
        using Tensor given = module.call(images);
        Assert.True(given.eq(expected).all().item<bool>());
        Assert.Equal(2, module.named_parameters().Count(entry => entry.name.StartsWith("fc.", StringComparison.Ordinal)));

        string Refused(string head) => Assert.Throws<ArgumentException>(() => TransferModel.Wrap(module, head, Small)).Message;
    }

    private static float[] Values(ImageModel model, string name)
        =>
        [
            .. model.Module.State()
                .Where(entry => entry.Key.EndsWith(name, StringComparison.Ordinal))
                .SelectMany(entry => entry.Value.data<float>().ToArray()),
        ];

    private static byte[] Encoded()
    {
        using ImagePixels image = new(32, 32);
        SmallSets.Image(3, 0).Rgb.Span.CopyTo(image.Bytes);
        return ImageEncoder.ToPng(image);
    }

    private static (nn.Module<Tensor, Tensor> Module, string Head) Make(string kind) => kind switch
    {
        "fc" => (new Net(callsForward: false), "fc"),
        "forward" => (new Net(callsForward: true), "fc"),
        "nested" => (new Nested(), "classifier"),
        _ => (
            nn.Sequential(
                ("layer1", Block(3, 8)), ("layer2", Block(8, 16)), ("pool", nn.AdaptiveAvgPool2d(1)), ("flat", nn.Flatten()),
                ("out", nn.Linear(16, 5))),
            "out"),
    };

    private static TorchSharp.Modules.Sequential Block(int inputs, int outputs)
        => nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride: 2, padding: 1, bias: false), nn.BatchNorm2d(outputs), nn.ReLU());

    // As people write theirs: fields of TorchSharp's own types, called in either way. Their names are those of the state dict.
#pragma warning disable IDE1006
    private sealed class Net : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Sequential layer1 = Block(3, 8);
        private readonly TorchSharp.Modules.Sequential layer2 = Block(8, 16);
        private readonly TorchSharp.Modules.Linear fc = nn.Linear(16, 5);
        private readonly bool _callsForward;
        private readonly bool _softmax;

        public Net(bool callsForward, bool softmax = false)
            : base("Net")
        {
            (_callsForward, _softmax) = (callsForward, softmax);
            RegisterComponents();
        }

        public override Tensor forward(Tensor images)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor features = _callsForward
                ? layer2.forward(layer1.forward(images)).mean([2, 3])
                : layer2.call(layer1.call(images)).mean([2, 3]);
            Tensor outputs = _callsForward ? fc.forward(features) : fc.call(features);
            return (_softmax ? outputs.softmax(1) : outputs).MoveToOuterDisposeScope();
        }
    }

    // With a layer of the library, which can have LoRA weights.
    private sealed class Layered : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Sequential layer1 = Block(3, 16);
        private readonly Layers.Linear mix = new(16, 16);
        private readonly TorchSharp.Modules.Linear fc = nn.Linear(16, 5);

        public Layered()
            : base("Layered")
        {
            // A layer of the library has no numbers before a network gives it some.
            nn.init.normal_(mix.Weight, 0, 0.2);
            nn.init.zeros_(mix.Bias!);
            RegisterComponents();
        }

        public override Tensor forward(Tensor images)
        {
            using DisposeScope scope = NewDisposeScope();
            return fc.call(mix.call(layer1.call(images).mean([2, 3])).relu()).MoveToOuterDisposeScope();
        }
    }

    private sealed class Nested : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Sequential layer1 = Block(3, 8);
        private readonly TorchSharp.Modules.Sequential layer2 = Block(8, 16);
        private readonly TorchSharp.Modules.Sequential classifier =
            nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 5));

        public Nested()
            : base("Nested")
            => RegisterComponents();

        public override Tensor forward(Tensor images)
        {
            using DisposeScope scope = NewDisposeScope();
            return classifier.call(layer2.call(layer1.call(images)).mean([2, 3])).MoveToOuterDisposeScope();
        }
    }
#pragma warning restore IDE1006
}
