namespace TransferLearning;

/// <summary>A network with the weights of a checkpoint.</summary>
/// <param name="Network">The network, which the caller disposes.</param>
/// <param name="Options">What it was built with; the number of classes is set.</param>
/// <param name="Preprocess">How its images are prepared.</param>
/// <param name="Report">What became of each weight.</param>
/// <param name="FileNames">The names of the classes, where the file is one that is known by its content; else null.</param>
internal sealed record PretrainedNetwork(
    ImageNetwork Network, NetworkOptions Options, ImagePreprocess Preprocess, WeightLoadReport Report, IReadOnlyList<string>? FileNames);
