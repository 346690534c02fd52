using System.CommandLine;

namespace TransferLearning.Cli;

/// <summary>A command whose runs can be repeated from a config.</summary>
internal abstract class ConfiguredCommand : ToolSubcommand
{
    private readonly Option<string?> _config = new("--config")
    {
        Description = "Repeat a run: take every option that is not given here from a NAME.run.json that was written beside a model.",
    };

    private protected ConfiguredCommand(string name, string description)
        : base(name, description)
    {
        Settings = new SettingList(this);
        Options.Add(_config);
    }

    /// <summary>The options that a config holds.</summary>
    public SettingList Settings { get; }

    /// <summary>The config that a command line names.</summary>
    public string? ConfigOf(ParseResult line) => line.GetValue(_config);
}
