namespace TransferLearning;

// CA1720: the names of number types are what this is about.
#pragma warning disable CA1720
/// <summary>How a <see cref="FeatureCache"/> stores a number.</summary>
public enum FeaturePrecision
{
    /// <summary>As the network gave it.</summary>
    Float32,

    /// <summary>
    /// Rounded to half the size: about three decimal digits. Features are rounded before their first use, so every run sees the same.
    /// </summary>
    Float16,
}
#pragma warning restore CA1720
