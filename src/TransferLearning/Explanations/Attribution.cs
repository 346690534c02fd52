namespace TransferLearning;

/// <summary>Which parts of an input a prediction is due to.</summary>
public abstract class Attribution
{
    private protected Attribution(ExplainedScore score, AttributionMethod method, Shares shares)
    {
        (Item, Target, TargetName, Score, Probability) = (score.Item, score.Target, score.TargetName, score.Score, score.Probability);
        (Method, Layer, ScoreDifference, IsSigned) = (method, shares.Layer, shares.ScoreDifference, shares.IsSigned);
        (Shape, Values) = (shares.Values.shape, ScoredInput.ToArray(shares.Values));
    }

    /// <summary>What was explained: a path, or a sample's name.</summary>
    public string Item { get; }

    /// <summary>How.</summary>
    public AttributionMethod Method { get; }

    /// <summary>The number of the class whose score is explained; 0 for a regression.</summary>
    public int Target { get; }

    /// <summary>The name of that class; empty for a regression.</summary>
    public string TargetName { get; }

    /// <summary>The score that is explained: the class's logit, or a regression's number.</summary>
    public double Score { get; }

    /// <summary>How likely the class is by the model, 0 to 1; null for a regression.</summary>
    public double? Probability { get; }

    /// <summary>Whether negative numbers speak against the class; if not, there are none that mean anything.</summary>
    public bool IsSigned { get; }

    /// <summary>
    /// The numbers that the method gives, before any were put together: for each element of what the network takes ([channels, height,
    /// width] of an image, [tokens, width] of a text's embeddings), or for each place of it ([height, width], [tokens]).
    /// </summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>The shape of <see cref="Values"/>.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The module that a class activation map was made of; null for other methods.</summary>
    public string? Layer { get; }

    /// <summary>The score of the input less that of the baseline, where <see cref="IntegratedGradients"/> was asked; else null.</summary>
    public double? ScoreDifference { get; }

    /// <summary>
    /// By how much the shares' sum differs from <see cref="ScoreDifference"/>, which more steps make smaller; null where there is none.
    /// </summary>
    public double? CompletenessGap => Values.Sum() - ScoreDifference;

    /// <summary>What a reader sees first: <c>Grad-CAM of bee (97.1 %)</c>.</summary>
    private protected string Title
        => $"{Method.Name}{(TargetName.Length == 0 ? "" : $" of {TargetName}")}"
            + (Probability is { } share ? string.Create(CultureInfo.InvariantCulture, $" ({100 * share:0.0} %)") : "");
}
