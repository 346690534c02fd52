namespace TransferLearning;

/// <summary>A checkpoint of a run in memory. It owns its tensors.</summary>
/// <param name="Path">The file it was read from.</param>
/// <param name="Record">The state beside the tensors.</param>
/// <param name="Tensors">The tensors, under the names of the file.</param>
internal sealed record SavedRun(string Path, RunRecord Record, IReadOnlyDictionary<string, torch.Tensor> Tensors) : IDisposable
{
    /// <summary>Hands what the first process has read to all; null where it has read nothing. The caller disposes it.</summary>
    public static SavedRun? Spread(Ranks ranks, SavedRun? first)
    {
        if (ranks.IsAlone)
        {
            return first;
        }

        Outline? outline = ranks.FromFirst(
            first is null
                ? null
                : new Outline(
                    first.Path,
                    RunFolder.Written(first.Record),
                    [.. first.Tensors.Select(entry => new Entry(entry.Key, entry.Value.dtype, entry.Value.shape))]));
        if (outline is null)
        {
            return null;
        }

        SavedRun saved = first ?? new SavedRun(
            outline.Path,
            RunFolder.Parse(outline.Path, outline.Record),
            outline.Tensors.ToDictionary(entry => entry.Name, entry => torch.empty(entry.Shape, entry.Type).DetachFromDisposeScope()));
        ranks.Broadcast(outline.Tensors.Select(entry => saved.Tensors[entry.Name]));
        return saved;
    }

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

    private sealed record Entry(string Name, torch.ScalarType Type, long[] Shape);

    private sealed record Outline(string Path, string Record, Entry[] Tensors);
}
