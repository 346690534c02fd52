using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class PatchEmbeddingTests
{
    private static readonly FineTuneOptions Options = RecipeTrial.Options with { Epochs = 1, BatchSize = 9 };

    [Theory]
    [InlineData("vit_b_16", "stem")]
    [InlineData("swin_t", "stem")]
    [InlineData("convnext_tiny", "stem")]
    [InlineData("resnet18", null)]
    [InlineData("alexnet", null)]
    [InlineData("efficientnet_b0", null)]
    [InlineData("maxvit_t", null)]
    public void Networks_that_cut_images_into_patches_are_known(string architecture, string? stage)
    {
        using ImageNetwork network = ModelCatalog.Get(architecture).Build(new NetworkOptions { Classes = 3 });
        Assert.Equal(stage, PatchEmbedding.Of(network)?.Stage.Name);
    }

    [Fact]
    public void A_spectrogram_transformer_cuts_patches_that_overlap()
    {
        ModelConfig config = ModelConfig.FromPairs(
            new("model_type", "audio-spectrogram-transformer"), new("hidden_size", 16), new("num_hidden_layers", 1),
            new("num_attention_heads", 2), new("intermediate_size", 32), new("num_labels", 3));
        using ConfigNetwork network = ConfigCatalog.Of(config).Build(config, new HeadSpec(HeadKind.Pooled, 3));
        Assert.Equal("embeddings", PatchEmbedding.Of(network)?.Stage.Name);
    }

    [Fact]
    public void Sgd_on_loaded_weights_leaves_the_patch_embedding_as_it_is_says_so_and_leaves_it_trainable()
    {
        (bool stays, LinesLogger log, string[] trained, string[] all) = Train(new Sgd(0.1), Options);
        Assert.True(stays);
        Assert.Equal(all, trained);
        Assert.Contains(log.Lines, line => line.Contains("patch embedding ('stem') is frozen", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false, "sgd", true, true)] // weights that were never trained
    [InlineData(true, "adamw", true, true)]
    [InlineData(true, "sgd", false, true)]
    [InlineData(true, "adamw", true, false)]
    public void It_is_trained_where_that_does_no_harm_or_is_asked_for(bool isLoaded, string optimizer, bool isDefault, bool isTrained)
    {
        FineTuneOptions options = isDefault && isTrained ? Options : Options with { FreezePatchEmbedding = !isTrained };
        (bool stays, LinesLogger log, _, _) = Train(optimizer == "sgd" ? new Sgd(0.1) : new AdamW(0.1), options, isLoaded);
        Assert.Equal(!isTrained, stays);
        Assert.Equal(!isTrained, log.Lines.Exists(line => line.Contains("patch embedding", StringComparison.Ordinal)));
    }

    private static (bool Stays, LinesLogger Log, string[] Trained, string[] All) Train(
        Optimizer optimizer, FineTuneOptions options, bool isLoaded = true)
    {
        LinesLogger log = new();
        using TemporaryFolder folder = new();
        Assert.True(TinyPatches.IsKnown.Value);
        using ImageModel fresh = TransferModel.Create(TinyPatches.Architecture, 3, seed: 1);
        fresh.Save(folder.File("patches"));
        using ImageModel loaded = ImageModel.Load(folder.File("patches"));
        ImageModel model = isLoaded ? loaded : fresh;
        string[] all = RecipeTrial.Trained(model);
        float[] before = Patches(model);
        model.FineTune(RecipeTrial.Images, optimizer, options with { Logger = log });
        return (before.SequenceEqual(Patches(model)), log, RecipeTrial.Trained(model), all);

        static float[] Patches(ImageModel model) =>
        [
            .. model.Module.named_parameters().Where(entry => model.Module.Stages[0].Holds(entry.name))
                .SelectMany(entry => entry.parameter.detach().contiguous().data<float>().ToArray()),
        ];
    }

    /// <summary>The smallest network that begins with patches.</summary>
    private sealed class TinyPatches : ModelFamily
    {
        public const string Architecture = "tiny_patches";

        public static readonly Lazy<bool> IsKnown = new(() =>
        {
            ModelCatalog.Add(new TinyPatches());
            return true;
        });

        public override string Name => "Tiny patches";

        public override string Paper => "none";

        public override IReadOnlyList<ModelVariant> Variants { get; } =
        [
            new(Architecture, options => new Net(options))
            {
                Preprocess = ImagePreprocess.ImageNet with { Resize = 0, Crop = 32 },
                SmallestInput = 8,
            }
        ];

        private sealed class Net : ImageNetwork
        {
            [ComponentName(Name = "patches")]
            private readonly TorchSharp.Modules.Conv2d _patches;

            [ComponentName(Name = "mixing")]
            private readonly TorchSharp.Modules.Conv2d _mixing;

            public Net(NetworkOptions options)
                : base(Architecture)
            {
                _patches = nn.Conv2d(options.InputChannels, 8, 8, stride: 8);
                _mixing = nn.Conv2d(8, 8, 3, padding: 1);
                SetHead("head", nn.Linear(8, options.Classes ?? 3));
            }

            public override int FeatureCount => 8;

            public override IReadOnlyList<NetworkStage> Stages { get; } = [new("stem", ["patches"]), new("mixing")];

            protected override IReadOnlyList<BackboneStep> Steps
                => [new("stem", _patches.call), new("mixing", _mixing.call), new("mixing", map => map.relu())];
        }
    }
}
