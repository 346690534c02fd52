namespace TransferLearning;

/// <summary>What a checkpoint file describes: the tree of values and, in forms that have it, a table of texts.</summary>
/// <param name="Root">The root of the tree; its tensors have not been read.</param>
/// <param name="Metadata">The texts that a safetensors file carries beside its tensors.</param>
public sealed record CheckpointContent(CheckpointValue Root, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>A content without a table of texts.</summary>
    public CheckpointContent(CheckpointValue root) : this(root, new Dictionary<string, string>()) { }

    /// <summary>A content of named tensors, in order.</summary>
    /// <param name="tensors">Names and tensors; names are unique.</param>
    /// <param name="metadata">The table of texts, if any.</param>
    public static CheckpointContent FromTensors(
        IEnumerable<KeyValuePair<string, TensorView>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        CheckpointDictionary root = new("dict");
        foreach ((string name, TensorView tensor) in tensors)
        {
            root.Set(CheckpointValue.Of(name), CheckpointValue.Of(tensor));
        }

        return new CheckpointContent(CheckpointValue.Of(root), metadata ?? new Dictionary<string, string>());
    }
}
