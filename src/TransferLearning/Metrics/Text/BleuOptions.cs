namespace TransferLearning;

/// <summary>How BLEU is computed. The defaults are those of sacreBLEU.</summary>
public sealed record BleuOptions
{
    /// <summary>What is done with orders without a match. Default: <see cref="BleuSmoothing.Exponential"/>.</summary>
    public BleuSmoothing Smoothing { get; init; } = BleuSmoothing.Exponential;

    /// <summary>The number of the smoothing. Default: null, 0.1 for <see cref="BleuSmoothing.Floor"/>, 1 for
    /// <see cref="BleuSmoothing.AddK"/>.</summary>
    public double? SmoothingValue { get; init; }

    /// <summary>Whether texts are put into lower case first. Default: false.</summary>
    public bool Lowercase { get; init; }

    /// <summary>Whether orders longer than the text are left out of the mean, which is wanted for single sentences. Default: null, false in
    /// <see cref="Bleu.Corpus(IReadOnlyList{string}, IReadOnlyList{string}, BleuOptions)"/> and true in
    /// <see cref="Bleu.Sentence"/>.</summary>
    public bool? EffectiveOrder { get; init; }
}
