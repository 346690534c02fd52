namespace TransferLearning;

/// <summary>What a chunk of features holds.</summary>
/// <param name="Store">The key of network and transform.</param>
/// <param name="Precision">How a number is stored.</param>
/// <param name="Shape">The shape of one sample's features: [512], or [512, 13, 13].</param>
/// <param name="Keys">The key of each row's sample.</param>
/// <param name="Damaged">The keys of samples that no features can be had of.</param>
internal sealed record FeatureChunkHeader(UInt128 Store, FeaturePrecision Precision, long[] Shape, UInt128[] Keys, UInt128[] Damaged)
{
    /// <summary>How many bytes a row of a shape takes.</summary>
    public static int BytesOfRow(FeaturePrecision precision, IReadOnlyList<long> shape)
        => checked(
            (int)(shape.Aggregate(1L, (product, size) => checked(product * size)) * (precision == FeaturePrecision.Float16 ? 2 : 4)));
}
