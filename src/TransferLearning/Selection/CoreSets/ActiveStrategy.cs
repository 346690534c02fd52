namespace TransferLearning;

/// <summary>Which samples are worth labelling next.</summary>
public enum ActiveStrategy
{
    /// <summary>Those between whose two likeliest classes the model can decide least (Scheffer et al., 2001).</summary>
    Margin,

    /// <summary>Those whose predicted probabilities have the largest entropy (Settles, 2009).</summary>
    Entropy,

    /// <summary>Those farthest from all that have labels, by k-centre (Sener and Savarese, 2018).</summary>
    CoreSet,
}
