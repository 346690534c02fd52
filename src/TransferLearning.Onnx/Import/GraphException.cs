namespace TransferLearning.Onnx;

/// <summary>A graph that cannot be run; who knows the file makes a <see cref="CheckpointException"/> of it.</summary>
/// <param name="place">The node.</param>
/// <param name="problem">What was expected and found.</param>
/// <param name="cause">What LibTorch said.</param>
internal sealed class GraphException(string place, string problem, Exception? cause = null) : Exception($"{place}: {problem}", cause)
{
    public string Place => place;

    public string Problem => problem;
}
