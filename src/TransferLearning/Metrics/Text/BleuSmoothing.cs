namespace TransferLearning;

/// <summary>What BLEU does with orders of n-grams of which none is right, by sacreBLEU's names.</summary>
public enum BleuSmoothing
{
    /// <summary>"exp": the first such order counts half a match, the next a quarter, and so on (NIST's mteval script).</summary>
    Exponential,

    /// <summary>"none": the score is 0.</summary>
    None,

    /// <summary>"floor": such an order counts a fixed part of a match.</summary>
    Floor,

    /// <summary>"add-k": every order but the first has a number added to its matches and its n-grams.</summary>
    AddK,
}
