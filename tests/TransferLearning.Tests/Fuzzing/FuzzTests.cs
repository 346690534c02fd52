namespace TransferLearning.Tests;

/// <summary>Damaged files are read or refused with the parser's own error, in bounded memory, and always come to an end.</summary>
[Trait("Category", "Fuzz")]
public sealed class FuzzTests
{
    private const int Inputs = 1500;
    private const int Seed = 20_251;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(2);

    public static TheoryData<string> Names => [.. FuzzTargets.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_damaged_file_is_read_or_refused(string name)
    {
        FuzzRun run = new(FuzzTargets.All.Single(target => target.Name == name), Seed);
        run.Run(Inputs, Time);
        Assert.True(run.Done.Refused > 0, $"None of {run.Done.Inputs} inputs was refused; the mutations miss the parser.");
    }
}
