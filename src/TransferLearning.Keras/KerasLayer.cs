using System.Diagnostics.CodeAnalysis;

namespace TransferLearning.Keras;

/// <summary>A layer of a file that has weights.</summary>
/// <param name="name">The layer's name.</param>
internal sealed class KerasLayer(string name)
{
    private readonly Dictionary<KerasRole, KerasWeight> _weights = [];

    public string Name { get; } = name;

    /// <summary>Whether it multiplies matrices: a dense layer, or a 1x1 convolution that classifies.</summary>
    public bool HasKernel => _weights.ContainsKey(KerasRole.Kernel);

    public IEnumerable<KerasWeight> Weights => _weights.Values;

    public bool TryAdd(KerasWeight weight) => _weights.TryAdd(weight.Role, weight);
    public bool TryGet(KerasRole role, [NotNullWhen(true)] out KerasWeight? weight) => _weights.TryGetValue(role, out weight);
}
