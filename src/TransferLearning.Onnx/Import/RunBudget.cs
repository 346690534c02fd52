namespace TransferLearning.Onnx;

/// <summary>How much may be computed while a graph is run, so that a hostile file cannot take the memory or the time.</summary>
/// <param name="largest">How many elements one value may have.</param>
/// <param name="all">How many elements may be computed in all.</param>
internal sealed class RunBudget(long largest, long all)
{
    /// <summary>The elements computed so far.</summary>
    public long Spent { get; private set; }

    /// <summary>The elements of the largest value so far.</summary>
    public long Largest { get; private set; }

    /// <summary>Counts a value before it is made.</summary>
    /// <param name="node">What makes it.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="worth">How many operations an element costs.</param>
    /// <exception cref="GraphException">It is too much.</exception>
    public void Spend(NodeRun node, IEnumerable<long> shape, long worth)
    {
        double count = shape.Aggregate(1.0, (product, length) => length >= 0 ? product * length
            : throw node.Refused("A length is negative."));
        if (count > largest || Spent + (count * worth) > all)
        {
            throw node.Refused(
                $"It would compute {count:g6} elements after {Spent}; {largest} at once and {all} in all are allowed for this network.");
        }

        Spent += (long)count * Math.Max(1, worth);
        Largest = Math.Max(Largest, (long)count);
    }
}
