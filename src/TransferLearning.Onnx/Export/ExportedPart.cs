namespace TransferLearning.Onnx;

/// <summary>A network, or a part of one, that becomes a file of its own.</summary>
/// <param name="Inputs">What goes in.</param>
/// <param name="Outputs">The names of what comes out.</param>
/// <param name="Dimensions">The names of the free dimensions: <c>batch</c>, <c>sequence</c>.</param>
/// <param name="Runs">Sizes of them to record; all differ between the runs, and none is the same in a run.</param>
/// <param name="Sample">Makes inputs of such sizes.</param>
/// <param name="Forward">Runs it.</param>
internal sealed record ExportedPart(
    IReadOnlyList<PartInput> Inputs, IReadOnlyList<string> Outputs, IReadOnlyList<string> Dimensions,
        IReadOnlyList<IReadOnlyList<long>> Runs,
    Func<IReadOnlyList<long>, ExportedSample> Sample, Func<ExportedSample, IReadOnlyList<Tensor>> Forward);
