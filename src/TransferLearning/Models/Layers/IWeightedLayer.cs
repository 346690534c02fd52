using Parameter = TorchSharp.Modules.Parameter;

namespace TransferLearning.Layers;

/// <summary>A layer with a weight matrix (or filter bank) and perhaps a bias: what initialisers and head surgery look for.</summary>
internal interface IWeightedLayer
{
    /// <summary>The weight; its first axis counts the outputs, its second the inputs of one group.</summary>
    Parameter Weight { get; }

    /// <summary>The bias, one number for each output, or null.</summary>
    Parameter? Bias { get; }
}
