namespace TransferLearning.Onnx;

/// <summary>Some numbers that are the same for the same values: enough to know them again, without keeping them.</summary>
/// <param name="Count">How many elements there are.</param>
/// <param name="Numbers">The numbers.</param>
/// <param name="Scale">How large they could be.</param>
internal sealed record PartSketch(long Count, double[] Numbers, double Scale)
{
    // Constants are float32 in files, everything else here is float64; GELU by tanh instead of the error function is 1e-5 off.
    private const double Tolerance = 5e-6;

    private const int Projections = 3;

    /// <summary>Nothing.</summary>
    public static PartSketch None { get; } = new(0, [], 0);

    /// <summary>Of values whose places mean something: [N, C, H, W].</summary>
    public static PartSketch OfPlaces(Tensor values)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor flat = values.reshape(-1);
        double[] numbers = [.. Enumerable.Range(0, Projections)
            .Select(seed => flat.mul(RunValues.Uniform(seed, [flat.numel()], 1)).sum().item<double>())];
        return new PartSketch(flat.numel(), numbers, flat.mul(flat).sum().sqrt().item<double>());
    }

    /// <summary>Of rows [..., D] in any order.</summary>
    public static PartSketch OfRows(Tensor values)
    {
        using DisposeScope scope = NewDisposeScope();
        long width = values.size(-1);
        Tensor projected = values.reshape(-1, width).matmul(RunValues.Uniform(width, [width, Projections], 1)).t().contiguous();
        return new PartSketch(values.numel(), [.. projected.sort(1).Values.reshape(-1).data<double>()], Largest(projected));
    }

    /// <summary>Of values in any order.</summary>
    public static PartSketch OfElements(IEnumerable<Tensor> all)
    {
        using DisposeScope scope = NewDisposeScope();
        long count = 0;
        List<double> numbers = [];
        foreach (Tensor values in all)
        {
            Tensor flat = values.reshape(-1).to(ScalarType.Float64);
            double largest = Math.Max(Largest(flat), 1e-30);
            Tensor unit = flat.mul(NumberNodes.Of(1 / largest));
            count += flat.numel();
            numbers.AddRange([
                Math.Log(largest), unit.mean().item<double>(), unit.mul(unit).mean().item<double>(),
                    unit.mul(unit).mul(unit).mean().item<double>(),
            ]);
        }

        return new PartSketch(count, [.. numbers], 1);
    }

    /// <summary>Whether two values are as good as the same.</summary>
    public static bool AreSame(Tensor values, Tensor other)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor first, Tensor second) = (values.reshape(-1).to(ScalarType.Float64), other.reshape(-1).to(ScalarType.Float64));
        return first.numel() == second.numel() && Largest(first.sub(second)) <= Tolerance * Largest(first);
    }

    public bool IsSame(PartSketch other)
    {
        double most = Tolerance * Math.Max(Scale, other.Scale);
        return Count == other.Count && Numbers.Length == other.Numbers.Length
            && Numbers.Zip(other.Numbers).All(pair => Math.Abs(pair.First - pair.Second) <= most);
    }

    private static double Largest(Tensor values) => values.numel() == 0 ? 0 : values.abs().max().item<double>();
}
