using TorchSharp;
using TorchSharp.Utils;
using TransferLearning.Layers;

namespace TransferLearning.Tests;

/// <summary>A network of two convolutions, for images of 32 pixels.</summary>
internal sealed class TinyStudent : ModelFamily
{
    public const string Architecture = "tiny_student";

    private static readonly Lazy<bool> Added = new(() =>
    {
        ModelCatalog.Add(new TinyStudent());
        return true;
    });

    public override string Name => "Tiny student";

    public override string Paper => "none";

    public override IReadOnlyList<ModelVariant> Variants { get; } =
    [
        new(Architecture, options => new Net(options))
        {
            Preprocess = new ImagePreprocess(Resize: 32, Crop: 32, ChannelValues.ImageNetMean, ChannelValues.ImageNetStd),
        },
    ];

    /// <summary>Makes the catalogue know it.</summary>
    public static void Add() => Assert.True(Added.Value);

    /// <summary>A model of fresh weights for these classes.</summary>
    public static ImageModel Model(int seed, params string[] classNames)
    {
        Add();
        return TransferModel.Create(Architecture, classNames.Length, seed).ReplaceHead(classNames);
    }

    private sealed class Net : ImageNetwork
    {
        [ComponentName(Name = "layer1")]
        private readonly Sequential _layer1;

        [ComponentName(Name = "layer2")]
        private readonly Sequential _layer2;

        public Net(NetworkOptions options)
            : base(Architecture)
        {
            _layer1 = new Sequential(
                new Conv2d(options.InputChannels, 8, 3, stride: 2, padding: 1), new BatchNorm2d(8), Activation.Relu());
            _layer2 = new Sequential(
                new Conv2d(8, FeatureCount, 3, stride: 2, padding: 1), new BatchNorm2d(FeatureCount), Activation.Relu());
            SetHead("fc", new Linear(FeatureCount, options.Classes ?? 10));
        }

        public override int FeatureCount => 16;

        public override IReadOnlyList<NetworkStage> Stages { get; } = [new("layer1"), new("layer2")];

        protected override IReadOnlyList<BackboneStep> Steps => [new("layer1", _layer1.call), new("layer2", _layer2.call)];
    }
}
