using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class AdapterKindTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Kinds => new(AdapterModels.Kinds.Keys);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Training_changes_nothing_but_the_adapter_and_the_head(string kind)
    {
        (string type, AdapterOptions options) = AdapterModels.Kinds[kind];
        using TransferModel model = AdapterModels.Of(type, _folder.Path);
        float[] plain = AdapterModels.Outputs(model, type);
        model.WithAdapter(options, seed: 2);
        if (options is not (PrefixTuningOptions or PromptTuningOptions or SideTuningOptions))
        {
            float[] begun = AdapterModels.Outputs(model, type);
            Assert.All(plain.Zip(begun), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        }

        Dictionary<string, float[]> before = Weights(model);
        using Dataset data = AdapterModels.Data(type);
        TrainingHistory history = model.FineTune(data, new AdamW(type == "resnet20" ? 1e-3 : 1e-2), AdapterModels.Short);
        Assert.True(history.Epochs[^1].Loss < history.Epochs[0].Loss, $"{history}");
        foreach ((string name, float[] values) in Weights(model))
        {
            bool isTrained = AdapterPlan.IsAdapterWeight(name) || model.Module.IsInHead(name);
            bool isUnused = name.Contains("num_batches", StringComparison.Ordinal)
                || (options is LoraOptions && kind.Contains("GPT-2", StringComparison.Ordinal) && values.All(value => value == 0));
            if (!isUnused)
            {
                Assert.Equal(isTrained, !values.SequenceEqual(before[name]));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_model_that_was_saved_and_an_adapter_that_was_saved_alone_give_the_same(string kind)
    {
        (string type, AdapterOptions options) = AdapterModels.Kinds[kind];
        string whole = Path.Combine(_folder.Path, "whole"), alone = Path.Combine(_folder.Path, "alone");
        using TransferModel model = AdapterModels.Of(type, _folder.Path);
        float[] plain = AdapterModels.Outputs(model, type);
        model.WithAdapter(options, seed: 2);
        AdapterModels.Disturb(model);
        float[] expected = AdapterModels.Outputs(model, type);
        Assert.NotEqual(plain, expected);
        model.Save(whole);
        model.SaveAdapter(alone);

        using TransferModel loaded = TransferModel.Load(whole);
        Assert.Equal(expected, AdapterModels.Outputs(loaded, type));
        Assert.Equal(["default"], loaded.AdapterNames());
        Assert.Equal(model.TrainableParameters, loaded.TrainableParameters);
        Assert.Equivalent(options, loaded.Adaptation.Adapters.Used!.Options, strict: true);

        using TransferModel other = AdapterModels.Of(type, _folder.Path);
        other.LoadAdapter(alone);
        Assert.Equal(expected, AdapterModels.Outputs(other, type));
        Assert.Equal(plain, AdapterModels.Outputs(other.RemoveAdapter(), type));
        Assert.Empty(other.AdapterNames());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Nothing_is_left_behind_of_a_model_with_an_adapter(string kind)
    {
        (string type, AdapterOptions options) = AdapterModels.Kinds[kind];
        using Dataset data = AdapterModels.Data(type);
        Use();
        long before = LibTorch.LiveTensorCount;
        Use();
        Assert.Equal(before, LibTorch.LiveTensorCount);

        void Use()
        {
            using TransferModel model = AdapterModels.Of(type, _folder.Path);
            model.WithAdapter(options, "one").WithAdapter(options, "two").UseAdapter("one");
            model.FindLearningRate(data, new AdamW(1e-2), new LearningRateFinderOptions { Steps = 10, Training = AdapterModels.Short });
            AdapterModels.Outputs(model, type);
            model.RemoveAdapter("two");
            if (options is TargetedAdapterOptions)
            {
                model.MergeAdapter().UnmergeAdapter();
            }

            model.SaveAdapter(Path.Combine(_folder.Path, "adapter"));
        }
    }

    [Theory]
    [InlineData("LoRA in a text encoder")]
    [InlineData("DoRA in a text encoder")]
    [InlineData("DoRA beside GPT-2's layers")]
    [InlineData("DoRA beside convolutions")]
    [InlineData("(IA)3 in a text encoder")]
    [InlineData("(IA)3 beside GPT-2's layers")]
    [InlineData("(IA)3 beside convolutions")]
    public void What_was_folded_in_computes_the_same_and_comes_out_bit_for_bit(string kind)
    {
        (string type, AdapterOptions options) = AdapterModels.Kinds[kind];
        using TransferModel model = AdapterModels.Of(type, _folder.Path);
        model.WithAdapter(options, seed: 2);
        AdapterModels.Disturb(model);
        float[] expected = AdapterModels.Outputs(model, type);
        Dictionary<string, float[]> before = Weights(model);
        float[] merged = AdapterModels.Outputs(model.MergeLora(), type);
        Assert.All(expected.Zip(merged), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * expected.Max(Math.Abs)));
        Assert.Empty(model.AdapterNames());
        Assert.DoesNotContain(model.Module.State(), entry => AdapterPlan.IsAdapterWeight(entry.Key));
        model.UnmergeLora();
        Assert.Equal(before, Weights(model));
        Assert.Equal(expected, AdapterModels.Outputs(model, type));
        Assert.Equal(["default"], model.AdapterNames());

        using Dataset data = AdapterModels.Data(type);
        model.MergeAdapter().FineTune(data, new AdamW(1e-3), AdapterModels.Short);
        Assert.Throws<InvalidOperationException>(() => model.UnmergeAdapter());
    }

    [Theory]
    [InlineData("Houlsby's bottlenecks")]
    [InlineData("prefix tuning")]
    [InlineData("prompt tuning of GPT-2")]
    [InlineData("side tuning")]
    public void What_stands_beside_no_layer_is_not_folded_in(string kind)
    {
        (string type, AdapterOptions options) = AdapterModels.Kinds[kind];
        using TransferModel model = AdapterModels.Of(type, _folder.Path);
        model.WithAdapter(options);
        float[] before = AdapterModels.Outputs(model, type);
        Assert.Contains(
            "cannot be folded", Assert.Throws<InvalidOperationException>(() => model.MergeAdapter()).Message, StringComparison.Ordinal);
        if (model is TextModel texts)
        {
            Assert.Contains(
                "SaveAdapter",
                Assert.Throws<InvalidOperationException>(() => texts.SavePretrained(Path.Combine(_folder.Path, "hf"))).Message,
                StringComparison.Ordinal);
        }

        Assert.Equal(before, AdapterModels.Outputs(model, type));
        Assert.Contains(
            "RemoveAdapter", Assert.Throws<InvalidOperationException>(() => model.ReplaceHead(5)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void How_many_weights_each_kind_trains()
    {
        const int width = 32, layers = 2, inner = 64;
        foreach ((AdapterOptions options, int expected) in new (AdapterOptions, int)[]
        {
            (new LoraOptions { Rank = 4 }, layers * 2 * 2 * 4 * width),
            (new LoraOptions { Rank = 4, UsesDora = true }, layers * 2 * ((2 * 4 * width) + width)),
            (new Ia3Options(), layers * ((3 * width) + inner)), // attention.output.dense has a name that ends so too
            (new BottleneckOptions { Form = BottleneckForm.Houlsby, ReductionFactor = 8 }, layers * 2 * ((2 * 4 * width) + 4 + width)),
            (new BottleneckOptions { Form = BottleneckForm.Pfeiffer, ReductionFactor = 8 }, layers * ((2 * 4 * width) + 4 + width)),
            (new PrefixTuningOptions { Length = 5 }, layers * 2 * 5 * width),
            (new PromptTuningOptions { Length = 5 }, 5 * width),
        })
        {
            using TextModel model = TinyText.Model(_folder.Path).ReplaceHead(["bad", "good"]);
            Assert.Equal(expected + (2 * (width + 1)), model.WithAdapter(options).TrainableParameters);
        }
    }

    [Fact]
    public void A_vision_transformer_has_blocks_attention_and_prompts()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using ImageModel model = ImageModel.Create("vit_b_32", 3, options: new NetworkOptions { ImageSize = 32 });
        Tensor images = rand([1, 3, 32, 32], generator: new Generator(1));
        Tensor plain = model.Module.ForwardFeatures(images);
        foreach (AdapterOptions options in new AdapterOptions[]
        {
            new BottleneckOptions { ReductionFactor = 64 },
            new PrefixTuningOptions { Length = 2 },
            new PromptTuningOptions { Length = 2 },
            new LoraOptions { Rank = 1, Targets = ["out_proj", "mlp.0", "mlp.3"] },
        })
        {
            model.WithAdapter(options, options.GetType().Name);
            AdapterModels.Disturb(model);
            Tensor changed = model.Module.ForwardFeatures(images);
            Assert.Equal(plain.shape, changed.shape);
            Assert.True(changed.sub(plain).abs().max().ToDouble() > 1e-5, options.ToString());
            Assert.Equal([1, 768, 1, 1], model.Module.ForwardMap(images).shape);
        }

        using (model.Adapter(null))
        {
            Assert.Equal(plain.data<float>().ToArray(), model.Module.ForwardFeatures(images).data<float>().ToArray());
        }
    }

    [Fact]
    public void A_side_network_is_blended_by_the_learned_share()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        Tensor images = rand([2, 3, 32, 32], generator: new Generator(1));
        Tensor plain = model.Module.ForwardFeatures(images);
        model.WithAdapter(new SideTuningOptions { SideNetwork = "resnet20" }, seed: 3);
        ImageNetwork side = model.Module.modules().OfType<ImageNetwork>().Single(network => !ReferenceEquals(network, model.Module));
        Dictionary<string, Tensor> state = new(model.Module.State());
        state["side_alpha.weight"].fill_(1);
        double share = 1 / (1 + Math.Exp(-1));
        Tensor expected = plain.mul(share).add(side.call(images).mul(1 - share));
        Assert.InRange(expected.sub(model.Module.ForwardFeatures(images)).abs().max().ToDouble(), 0, 1e-5);
    }

    [Fact]
    public void What_has_no_place_for_an_adapter_is_refused_by_name_and_stays_as_it_was()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        long before = model.TrainableParameters;
        foreach ((AdapterOptions options, string word) in new (AdapterOptions, string)[]
        {
            (new BottleneckOptions(), "transformer blocks"),
            (new PrefixTuningOptions(), "transformer blocks"),
            (new PromptTuningOptions(), "takes no prompts"),
            (new Ia3Options(), "its layers are called"),
            (new LoraOptions { Targets = ["fc"], UsesDora = true, HasBias = true }, "HasBias"),
            (new SideTuningOptions { SideNetwork = "mobilenet_v3_small", CopiesBackbone = true }, "resnet20"),
            (new BottleneckOptions { Activation = "nothing" }, "nothing"),
            (new PromptTuningOptions { Length = 0 }, "Length"),
            (new BottleneckOptions { Width = 1 << 20 }, "Width"),
        })
        {
            Assert.Contains(
                word, Assert.ThrowsAny<ArgumentException>(() => model.WithAdapter(options)).Message, StringComparison.Ordinal);
            Assert.Equal(before, model.TrainableParameters);
            Assert.Empty(model.AdapterNames());
        }

        using ImageModel maps = ImageModel.Create("squeezenet1_1", 3);
        Assert.Contains(
            "takes maps",
            Assert.Throws<ArgumentException>(() => maps.WithAdapter(new SideTuningOptions())).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DoRA beside convolutions")]
    [InlineData("(IA)3 beside convolutions")]
    [InlineData("side tuning")]
    public void The_faster_form_for_inference_has_the_adapter_too(string kind)
    {
        using DisposeScope scope = NewDisposeScope();
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        model.WithAdapter(AdapterModels.Kinds[kind].Options);
        AdapterModels.Disturb(model);
        Tensor images = rand([3, 3, 32, 32], generator: new Generator(1));
        using IDisposable guard = no_grad();
        Tensor plain = model.Module.ForwardFeatures(images);
        using OptimizedInference form = new(model.Module, Device.Cpu);
        Tensor fast = form.ForwardFeatures(images);
        Assert.InRange(OptimizedInference.Difference(plain, fast), 0, 1e-4);
    }

    [Fact]
    public void Nothing_is_kept_of_samples_behind_an_adapter_that_is_trained()
    {
        using TextModel model = TinyText.Model(_folder.Path).ReplaceHead(["bad", "good"]);
        Assert.Null(FrozenPart.Of(model.Module, true));
        Assert.Null(FrozenPart.Of(model.FreezeBackbone().Module, true)!.Stage);
        model.WithAdapter(new BottleneckOptions());
        Assert.Equal("layer.0", FrozenPart.Of(model.Module, true)!.Stage);
        model.RemoveAdapter().WithAdapter(new LoraOptions { LayersToTransform = [1] });
        Assert.Equal("layer.1", FrozenPart.Of(model.Module, true)!.Stage);
        model.RemoveAdapter().WithAdapter(new PromptTuningOptions { Length = 2 });
        Assert.Null(FrozenPart.Of(model.Module, true));
        using ImageModel images = SmallSets.ImageModel(SmallSets.Colours);
        Assert.Null(FrozenPart.Of(images.WithAdapter(new SideTuningOptions { SideNetwork = "resnet20" }).Module, true));
    }

    [Fact]
    public void Features_of_two_adapters_are_never_taken_for_each_other()
    {
        using TextModel model = TinyText.Model(_folder.Path).ReplaceHead(["bad", "good"]);
        using Dataset data = TinyText.Opinions(4);
        FeatureOptions options = new() { Cache = new FeatureCache(Path.Combine(_folder.Path, "features")) };
        model.WithLora(new LoraOptions { Rank = 2, Alpha = 2 });
        AdapterModels.Disturb(model);
        float[] with = Features();
        float[] without;
        using (model.Adapter(null))
        {
            without = Features();
        }

        Assert.NotEqual(with, without);
        Assert.Equal(with, Features());

        float[] Features()
        {
            using FeatureSet features = model.ExtractFeatures(data, options);
            return [.. features.Features.data<float>()];
        }
    }

    [Fact]
    public void A_run_that_was_broken_off_resumes_with_the_adapter_bit_for_bit()
    {
        using Dataset data = TinyText.Opinions(16);
        FineTuneOptions options = AdapterModels.Short with { ReportEvery = 1 };
        float[] whole = Trained(Path.Combine(_folder.Path, "whole"), null);
        string half = Path.Combine(_folder.Path, "half");
        using CancellationTokenSource stop = new();
        Assert.NotEqual(whole, Trained(half, stop));
        Assert.Equal(whole, Trained(half, null));

        float[] Trained(string run, CancellationTokenSource? stop)
        {
            using TextModel model = TinyText.Model(_folder.Path).ReplaceHead(["bad", "good"]).WithAdapter(
                new LoraOptions { Rank = 2, UsesDora = true, Dropout = 0.1 });
            model.FineTune(
                data, new AdamW(1e-2), options, run,
                progress: stop is null ? null : new Immediate<TrainingProgress>(report =>
                {
                    if (report.Epoch > 1)
                    {
                        stop.Cancel();
                    }
                }),
                cancellationToken: stop?.Token ?? default);
            return TinyText.Numbers(model.Module);
        }
    }

    public void Dispose() => _folder.Dispose();

    private static Dictionary<string, float[]> Weights(TransferModel model) => model.Module.State().ToDictionary(
        entry => entry.Key, entry => entry.Value.detach().to(float32).contiguous().data<float>().ToArray());
}
