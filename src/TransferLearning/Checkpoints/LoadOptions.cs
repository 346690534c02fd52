namespace TransferLearning;

/// <summary>What <see cref="StateDict.LoadInto"/> asks of a checkpoint.</summary>
public sealed record LoadOptions
{
    /// <summary>Prefixes of targets that may keep their values: absent from the checkpoint, or there with another shape. The head of a
    /// model whose classes differ, for example. None by default.</summary>
    public IReadOnlyList<string> OptionalPrefixes { get; init; } = [];

    /// <summary>Whether names of the checkpoint that no target has are allowed; yes by default.</summary>
    public bool AllowUnexpected { get; init; } = true;

    /// <summary>Whether the report is returned, instead of thrown, when targets that are not optional stay without weights; no by default.
    /// What fits is applied either way it returns.</summary>
    public bool AllowPartial { get; init; }

    /// <summary>
    /// Whether weights may be NaN or infinite; no by default, because a network with one of them answers NaN and nothing says where it came
    /// from. Tensors that are mapped instead of read (<see cref="CheckpointOptions.MapFile"/>) are not looked at, which would read them.
    /// </summary>
    public bool AllowNonFinite { get; init; }
}
