namespace TransferLearning;

/// <summary>A class by its name or its number: <c>target: "bee"</c>, <c>target: 3</c>.</summary>
public sealed record TargetClass
{
    private readonly string? _name;
    private readonly int _number;

    private TargetClass(string? name, int number) => (_name, _number) = (name, number);

    /// <summary>The class of a name.</summary>
    /// <param name="name">Its name.</param>
    public static implicit operator TargetClass(string name) => FromString(name);

    /// <summary>The class of a number.</summary>
    /// <param name="number">Its number, from 0.</param>
    public static implicit operator TargetClass(int number) => FromInt32(number);

    /// <summary>The class of a name.</summary>
    /// <param name="name">Its name.</param>
    public static TargetClass FromString(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new TargetClass(name, 0);
    }

    /// <summary>The class of a number.</summary>
    /// <param name="number">Its number, from 0.</param>
    public static TargetClass FromInt32(int number) => new(null, number);

    /// <inheritdoc/>
    public override string ToString() => _name ?? $"{_number}";

    /// <summary>The number of the class.</summary>
    /// <exception cref="ArgumentException">There is no such class.</exception>
    internal int IndexIn(IReadOnlyList<string> names)
    {
        int index = _name is null ? _number : names.ToList().IndexOf(_name);
        return index >= 0 && index < names.Count
            ? index
            : throw new ArgumentException($"There is no class '{this}'; the model has {Dataset.Shown(names)}.");
    }
}
