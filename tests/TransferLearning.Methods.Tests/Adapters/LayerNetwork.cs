using TorchSharp;
using TransferLearning.Layers;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>One layer called <c>base</c>, as a network that adapters can be put into.</summary>
internal sealed class LayerNetwork : Network
{
    public LayerNetwork(WeightLayer layer) : base("layer")
    {
        Layer = layer;
        register_module("base", layer);
    }

    public WeightLayer Layer { get; }

    public override int FeatureCount => 1;

    public override IReadOnlyList<NetworkStage> Stages { get; } = [new("base", ["base"])];

    public override Tensor ForwardFeatures(ModelInput input) => throw new NotSupportedException();
}
