namespace TransferLearning;

/// <summary>How a <see cref="Sweep"/> divides epochs among configurations.</summary>
public enum SweepMethod
{
    /// <summary>Brackets of successive halving, from many short runs to few long ones: for when it is not known how early good
    /// configurations show. Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar, "Hyperband: A Novel Bandit-Based Approach to Hyperparameter
    /// Optimization" (2018), algorithm 1.</summary>
    Hyperband,

    /// <summary>All configurations are run for a few epochs, and the best part of them for more, again and again. Jamieson and Talwalkar,
    /// "Non-stochastic Best Arm Identification and Hyperparameter Optimization" (2016).</summary>
    SuccessiveHalving,

    /// <summary>Every configuration is run for all epochs.</summary>
    Full,
}
