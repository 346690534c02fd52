namespace TransferLearning;

/// <summary>Class numbers as targets, [N] int64: what a loader gives that no task was named to.</summary>
internal sealed class ClassCollator : IDataCollator
{
    public static ClassCollator Instance { get; } = new();

    public Example Encode(PaddedPreprocessor preprocessor, Sample sample, ref SeededRandom random)
        => preprocessor.Apply(sample, ref random);

    public ModelInput CollateInput(PaddedPreprocessor preprocessor, IReadOnlyList<Example> examples, int? length)
        => preprocessor.Collate(examples, length);

    public Tensor CollateTargets(IReadOnlyList<Example> examples, ModelInput input)
        => tensor([.. examples.Select(example => (long)example.Target.ClassNumbers.FirstOrDefault())], int64);
}
