using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Small models with adapters of each kind.</summary>
internal static class AdapterModels
{
    /// <summary>The kinds, each for a model that has a place for it: <c>bert</c>, <c>gpt2</c> and <c>resnet20</c>.</summary>
    public static IReadOnlyDictionary<string, (string Model, AdapterOptions Options)> Kinds { get; } =
        new Dictionary<string, (string Model, AdapterOptions Options)>
        {
            ["LoRA in a text encoder"] = ("bert", new LoraOptions { Rank = 2, Alpha = 8 }),
            ["DoRA in a text encoder"] = ("bert", new LoraOptions { Rank = 2, Alpha = 8, UsesDora = true }),
            ["DoRA beside GPT-2's layers"] = ("gpt2", new LoraOptions { Rank = 2, UsesDora = true, DetachesNorm = false }),
            ["DoRA beside convolutions"] = ("resnet20", new LoraOptions { Rank = 2, UsesDora = true, Targets = ["conv1", "conv2"] }),
            ["(IA)3 in a text encoder"] = ("bert", new Ia3Options()),
            ["(IA)3 beside GPT-2's layers"] = ("gpt2", new Ia3Options()),
            ["(IA)3 beside convolutions"] = ("resnet20", new Ia3Options { Targets = ["conv1", "conv2"], FeedForwardTargets = ["conv2"] }),
            ["Houlsby's bottlenecks"] = ("bert", new BottleneckOptions { Form = BottleneckForm.Houlsby, ReductionFactor = 4 }),
            ["Pfeiffer's bottlenecks"] = ("bert", new BottleneckOptions { ReductionFactor = 4, Activation = "gelu" }),
            ["bottlenecks where norms come first"] = ("gpt2", new BottleneckOptions { Width = 5 }),
            ["prefix tuning"] = ("bert", new PrefixTuningOptions { Length = 4 }),
            ["prefix tuning of GPT-2"] = ("gpt2", new PrefixTuningOptions { Length = 4 }),
            ["prompt tuning"] = ("bert", new PromptTuningOptions { Length = 4 }),
            ["prompt tuning of GPT-2"] = ("gpt2", new PromptTuningOptions { Length = 4 }),
            ["side tuning"] = ("resnet20", new SideTuningOptions { SideNetwork = "resnet20" }),
            ["side tuning from a copy"] = ("resnet20", new SideTuningOptions { SideNetwork = "resnet20", CopiesBackbone = true }),
        };

    /// <summary>The same model at every call; the folder holds its tokenizer.</summary>
    public static TransferModel Of(string model, string folder) => model == "resnet20"
        ? SmallSets.ImageModel(SmallSets.Colours)
        : TinyText.Model(folder, type: model).ReplaceHead(["bad", "good"]);

    public static Dataset Data(string model) => model == "resnet20" ? SmallSets.Images(12, SmallSets.Colours) : TinyText.Opinions(16);

    /// <summary>What the model gives for samples of <see cref="Data"/>.</summary>
    public static float[] Outputs(TransferModel model, string kind)
    {
        if (kind != "resnet20")
        {
            return [.. model.PredictOutputs(["the film was great", "bad meal", "a very fine book ."]).SelectMany(row => row!)];
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using ImageInput images = new(rand([2, 3, 32, 32], generator: new Generator(1)));
        return [.. model.Module.call(images).data<float>()];
    }

    /// <summary>Makes the weights of the adapter in use differ from their beginning.</summary>
    public static void Disturb(TransferModel model)
    {
        using IDisposable guard = no_grad();
        ulong seed = 0;
        string used = model.Adaptation.Adapters.Choice.Used!;
        foreach ((string name, Tensor tensor) in model.Module.State())
        {
            if (AdapterPlan.AdapterOf(name) == used && tensor.is_floating_point() && !name.Contains("running", StringComparison.Ordinal))
            {
                using Tensor change = randn(tensor.shape, generator: new Generator(++seed));
                tensor.add_(change, 0.1);
            }
        }
    }

    public static FineTuneOptions Short { get; } = new() { Epochs = 2, BatchSize = 4, Seed = 1, Workers = 0 };
}
