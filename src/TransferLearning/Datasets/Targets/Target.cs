namespace TransferLearning;

/// <summary>What is to be learned of a sample; a task says which kind it needs. Derive a sealed record for a task of your own.</summary>
public abstract record Target
{
    /// <summary>The numbers of the classes it names, indices into <see cref="Dataset.ClassNames"/>. Default: none.</summary>
    public virtual IEnumerable<int> ClassNumbers => [];

    /// <summary>The same target where classes have other numbers. Default: itself, because it names no class.</summary>
    /// <param name="numbers">The new number of each class.</param>
    protected internal virtual Target Renumbered(IReadOnlyList<int> numbers) => this;

    /// <summary>Bytes that are the same for the same target, and differ for another: resumed runs know samples in memory by them. Default:
    /// none.</summary>
    protected internal virtual ReadOnlyMemory<byte> ToBytes() => ReadOnlyMemory<byte>.Empty;

    /// <summary>The new number of a class.</summary>
    /// <param name="numbers">The new number of each class.</param>
    /// <param name="number">The number that it has now.</param>
    /// <exception cref="InvalidDataException">There is no such class.</exception>
    private protected static int Renumbered(IReadOnlyList<int> numbers, int number) => (uint)number < (uint)numbers.Count
        ? numbers[number]
        : throw new InvalidDataException(
            $"It has the class {number}; there are {numbers.Count} (0 to {numbers.Count - 1}). Check the labels of the data set.");
}
