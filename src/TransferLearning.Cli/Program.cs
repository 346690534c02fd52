namespace TransferLearning.Cli;

/// <summary>Where the tool begins.</summary>
internal static class Program
{
    private static Task<int> Main(string[] arguments) => Tool.RunAsync(arguments);
}
