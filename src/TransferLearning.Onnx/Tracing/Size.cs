namespace TransferLearning.Onnx;

/// <summary>A whole number that may depend on the sizes of free dimensions, such as the number of examples N and of tokens T: a constant
/// plus a factor times a product of some of them.</summary>
/// <param name="Constant">What does not depend on them.</param>
/// <param name="Factor">What the product is multiplied by; 0 for a number that is the same for all inputs.</param>
/// <param name="Dimensions">How often each dimension is in the product, 0 to 3 times, two bits for each: 1 is the first, 4 the second, 5
/// both, 8 the second twice.</param>
internal readonly record struct Size(long Constant, long Factor = 0, int Dimensions = 0)
{
    private const int BitsOfDimension = 2;

    /// <summary>Whether it is the same for all inputs.</summary>
    public bool IsFixed => Factor == 0;

    /// <summary>The size of a free dimension.</summary>
    /// <param name="number">Its number, from 0.</param>
    public static Size Free(int number) => new(0, 1, 1 << (BitsOfDimension * number));

    /// <summary>The number of the free dimension that it is; null where it is anything else.</summary>
    public int? FreeNumber
        => this is { Constant: 0, Factor: 1 } && int.IsPow2(Dimensions) && int.TrailingZeroCount(Dimensions) % BitsOfDimension == 0
            ? int.TrailingZeroCount(Dimensions) / BitsOfDimension
            : null;

    /// <summary>The first dimension of the product.</summary>
    public Size First => Free(int.TrailingZeroCount(Dimensions) / BitsOfDimension);

    /// <summary>The product without its first dimension.</summary>
    public Size Rest => new(0, 1, Dimensions - First.Dimensions);

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
        for (int dimensions = 1; dimensions < 1 << (BitsOfDimension * sizes[0].Count); dimensions++)
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

        return found.Count == 0 ? null
            : found.OrderBy(size => Math.Abs(size.Constant)).ThenBy(size => int.PopCount(size.Dimensions)).First();
    }

    private static long Product(IReadOnlyList<long> sizes, int dimensions)
        => sizes.Select((size, number) => (Size: size, Times: (dimensions >> (BitsOfDimension * number)) & 3))
            .Aggregate(1L, (product, factor) => product * (long)Math.Pow(factor.Size, factor.Times));
}
