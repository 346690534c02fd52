using System.Text.RegularExpressions;

namespace TransferLearning.Cli.Tests;

/// <summary>The commands that README's table "Coming from …" ends its rows in.</summary>
public sealed partial class ReadmeTests(ReadmeFiles files) : IClassFixture<ReadmeFiles>
{
    public static TheoryData<string> Commands
    {
        get
        {
            string readme = File.ReadAllText(Path.Combine(ToolRun.Repository, "README.md"));
            return [.. LastCell().Matches(readme).Select(match => match.Groups["command"].Value).Distinct()];
        }
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
}
