using System.CommandLine;

namespace TransferLearning.Cli;

/// <summary>The tool with all its commands.</summary>
internal sealed class ToolCommand : RootCommand
{
    public const string VerboseName = "--verbose";

    public static readonly Option<bool> Json = new("--json")
    {
        Description = "Write one JSON document to stdout (train: one line for each epoch, then the result); all else goes to stderr.",
        Recursive = true,
    };

    public static readonly Option<bool> Verbose = new(VerboseName)
    {
        Description = "Show what the library logs, and the stack trace of an error.",
        Recursive = true,
    };

    public ToolCommand()
        : base(
            "Transfer learning from the console: takes a network that others trained on much data and teaches it your task, with your "
                + "images, texts or sounds. Begin with: tl train FOLDER --model resnet18 --out my.tl, where FOLDER holds one folder of "
                + "images for each class. Then: tl predict my.tl IMAGE.")
    {
        Options.Add(Json);
        Options.Add(Verbose);
        Command[] commands =
        [
            new TrainCommand(), new ProbeCommand(), new EvaluateCommand(), new PredictCommand(), new EmbedCommand(), new RankCommand(),
            new AuditCommand(), new ExplainCommand(), new ExportCommand(), new ConvertCommand(), new InspectCommand(), new ModelsCommand(),
            new DoctorCommand(), new CompletionCommand(),
        ];
        foreach (Command command in commands)
        {
            Subcommands.Add(command);
        }
    }
}
