using System.Text.RegularExpressions;

namespace TransferLearning.Cli.Tests;

/// <summary>The commands that README's table "Coming from …" ends its rows in.</summary>
public sealed partial class ReadmeTests(ReadmeFiles files) : IClassFixture<ReadmeFiles>
{
    public static TheoryData<string> Commands => [.. LastCell().Matches(Readme).Select(match => match.Groups["command"].Value)];

    private static string Readme => File.ReadAllText(Path.Combine(ToolRun.Repository, "README.md"));

    [Fact]
    public void The_console_that_is_shown_is_what_the_tool_writes()
    {
        Directory.CreateSymbolicLink(files.At("samples"), Path.Combine(ToolRun.Repository, "samples"));
        string[] shown = Readme.Split("$ tl ", 2)[1].Split("\n```", 2)[0].Split('\n');

        ToolRun run = ToolRun.In(files.Folder, shown[0].Split(' '));

        // Fractions depend on the machine.
        Assert.Equal(0, run.ExitCode);
        string[] written = [.. $"{run.Error}\n{run.Output}".Split('\n').Select(line => Fraction().Replace(line, "0.0"))];
        Assert.All(shown.Skip(1).Where(line => line != "..."), line => Assert.Contains(Fraction().Replace(line, "0.0"), written));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_command_of_the_table_does_its_work(string command)
    {
        string[] words = command.Split(' ');
        if (words.Contains("checkpoint.pt"))
        {
            files.WriteCheckpoint();
        }

        string? written = words[0] switch
        {
            "train" or "probe" => words.SkipWhile(word => word != "--out").ElementAtOrDefault(1) ?? "model.tl",
            "convert" => words[2],
            _ => null,
        };
        if (written is not null)
        {
            File.Delete(files.At(written)); // of another command
        }

        ToolRun run = ToolRun.In(files.Folder, words);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.True(written is null || Path.Exists(files.At(written)), run.Output);
        Assert.Equal(words.Contains("--resume"), run.Error.Contains("resumes from 'checkpoint.pt'", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"\| `tl (?<command>[^`]+)` \|$", RegexOptions.Multiline)]
    private static partial Regex LastCell();

    [GeneratedRegex(@"\d+\.\d+")]
    private static partial Regex Fraction();
}
