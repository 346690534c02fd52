namespace TransferLearning;

/// <summary>The forms in which a <see cref="StateDict"/> can be saved.</summary>
public enum CheckpointFormat
{
    /// <summary>A safetensors file: a JSON header and the tensors' bytes. All element types but 128-bit complex.</summary>
    SafeTensors,

    /// <summary>A zip file as <c>torch.save</c> writes it, which <c>torch.load(path, weights_only=True)</c> reads.</summary>
    TorchZip,
}
