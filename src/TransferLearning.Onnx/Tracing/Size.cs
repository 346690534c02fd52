namespace TransferLearning.Onnx;

/// <summary>A whole number that may depend on the sizes of free dimensions, such as the number of examples N and of tokens T: a constant plus
/// a factor times the product of some of them.</summary>
/// <param name="Constant">What does not depend on them.</param>
/// <param name="Factor">What the product is multiplied by; 0 for a number that is the same for all inputs.</param>
/// <param name="Dimensions">The dimensions in the product, bit by bit.</param>
internal readonly record struct Size(long Constant, long Factor = 0, int Dimensions = 0)
{
    /// <summary>Whether it is the same for all inputs.</summary>
    public bool IsFixed => Factor == 0;

    /// <summary>Finds what gives some numbers for some sizes of the dimensions.</summary>
    /// <param name="numbers">The number in each run.</param>
    /// <param name="sizes">The sizes of the dimensions in each run.</param>
    /// <returns>The simplest such number; null where there is none.</returns>
    public static Size? Of(IReadOnlyList<long> numbers, IReadOnlyList<IReadOnlyList<long>> sizes)
    {
        if (numbers.All(number => number == numbers[0]))
        {
            return new Size(numbers[0]);
        }

        List<Size> found = [];
        for (int dimensions = 1; dimensions < 1 << sizes[0].Count; dimensions++)
        {
            long[] products = [.. sizes.Select(run => Product(run, dimensions))];
            if (products[1] == products[0])
            {
                continue;
            }

            long factor = (numbers[1] - numbers[0]) / (products[1] - products[0]);
            Size size = new(numbers[0] - (factor * products[0]), factor, dimensions);
            if (Enumerable.Range(0, numbers.Count).All(run => size.Constant + (factor * products[run]) == numbers[run]))
            {
                found.Add(size);
            }
        }

        return found.Count == 0 ? null : found.MinBy(size => Math.Abs(size.Constant));
    }

    private static long Product(IReadOnlyList<long> sizes, int dimensions)
        => sizes.Where((_, dimension) => (dimensions >> dimension & 1) == 1).Aggregate(1L, (product, size) => product * size);
}
