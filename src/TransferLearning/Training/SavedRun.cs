namespace TransferLearning;

/// <summary>A checkpoint of a run in memory. It owns its tensors.</summary>
/// <param name="Path">The file it was read from.</param>
/// <param name="Record">The state beside the tensors.</param>
/// <param name="Tensors">The tensors, under the names of the file.</param>
internal sealed record SavedRun(string Path, RunRecord Record, IReadOnlyDictionary<string, torch.Tensor> Tensors) : IDisposable
{
    /// <summary>The tensors whose names begin with a part's, by the rest of the name.</summary>
    public Dictionary<string, torch.Tensor> Part(string prefix)
        => Tensors
            .Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(entry => entry.Key[prefix.Length..], entry => entry.Value);

    public void Dispose()
    {
        foreach (torch.Tensor tensor in Tensors.Values)
        {
            tensor.Dispose();
        }
    }
}
