namespace TransferLearning;

/// <summary>One named tensor of a <see cref="StateDict"/>.</summary>
/// <param name="Name">Its name, after prefixes were taken off and the key map was applied.</param>
/// <param name="View">What is stored, and where.</param>
public sealed record TensorEntry(string Name, TensorView View)
{
    /// <summary>The element type in the file.</summary>
    public ScalarType Dtype => View.Dtype;

    /// <summary>The size of each dimension.</summary>
    public IReadOnlyList<long> Shape => View.Shape;
}
