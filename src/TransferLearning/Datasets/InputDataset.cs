namespace TransferLearning;

/// <summary>Inputs to predict for, read one at a time; they have no targets.</summary>
internal sealed class InputDataset : Dataset
{
    private readonly IReadOnlyList<string> _names;
    private readonly Func<int, Sample> _read;

    /// <summary>Inputs that are read when they are needed.</summary>
    public InputDataset(IReadOnlyList<string> names, Func<string, Sample> read) => (_names, _read) = (names, index => read(names[index]));

    /// <summary>Inputs that are in memory.</summary>
    public InputDataset(IReadOnlyList<string> names, IReadOnlyList<Sample> samples) => (_names, _read) = (names, index => samples[index]);

    public override int Count => _names.Count;
    public override IReadOnlyList<string> ClassNames => [];

    public override int LabelOf(int index) => 0;
    public override Target TargetOf(int index) => NoTarget.Instance;

    public override string NameOf(int index)
    {
        CheckIndex(index);
        return _names[index];
    }

    public override Sample Read(int index)
    {
        CheckIndex(index);
        return _read(index);
    }

    public override string ToString() => $"{Count} inputs";
}
