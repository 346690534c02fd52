using Parameter = TorchSharp.Modules.Parameter;

namespace TransferLearning.Layers;

/// <summary>A layer of one weight matrix that can take a low-rank addition.</summary>
internal interface ILoraLayer
{
    /// <summary>The weight, [outputs, inputs] unless <see cref="StoresInputsFirst"/>.</summary>
    Parameter Weight { get; }

    /// <summary>Whether the weight is stored as [inputs, outputs].</summary>
    bool StoresInputsFirst { get; }

    /// <summary>The addition, or null.</summary>
    Lora? Lora { get; }

    /// <summary>Takes an addition, which the layer owns from now on, or with null lets go of it and disposes it.</summary>
    void SetLora(Lora? lora);
}
