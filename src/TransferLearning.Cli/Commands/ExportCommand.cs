using System.CommandLine;

namespace TransferLearning.Cli;

/// <summary>Writes a model for other programs.</summary>
internal sealed class ExportCommand : ToolSubcommand
{
    private readonly SavedModel _model;
    private readonly Option<string> _to = new("--to")
    {
        Description = "safetensors or pth: the weights under PyTorch's names; hugging-face: a folder that from_pretrained reads (texts, "
            + "sounds); peft: the adapter alone; ggml: a Whisper for whisper.cpp.",
        Required = true,
    };

    private readonly Option<string> _out = new("--out", "-o") { Description = "The file or folder to write.", Required = true };
    private readonly Option<bool> _half = new("--half") { Description = "Weights in 16 bits, for hugging-face." };

    public ExportCommand()
        : base("export", "Write a saved model in a form that other programs read. Example: tl export bees.tl --to pth -o bees.pth")
    {
        _model = new SavedModel(this);
        Options.Add(_to);
        Options.Add(_out);
        Options.Add(_half);
        _to.AcceptOnlyFromAmong("safetensors", "pth", "hugging-face", "peft", "ggml");
    }

    private protected override int Run(ParseResult line, Terminal terminal, CancellationToken cancellationToken)
    {
        string to = line.GetValue(_to)!, path = line.GetValue(_out)!;
        using TransferModel model = _model.Open(line);
        switch (to)
        {
            case "safetensors":
                Weights(model, path, CheckpointFormat.SafeTensors);
                break;
            case "pth":
                Weights(model, path, CheckpointFormat.TorchZip);
                break;
            case "hugging-face" when model is ConfigModel texts:
                texts.SavePretrained(path, line.GetValue(_half));
                break;
            case "peft":
                model.SaveAdapter(path);
                break;
            case "ggml" when model is SpeechModel speech:
                speech.ExportGgml(path);
                break;
            default:
                throw new UsageException($"{model.Architecture} cannot be written as {to}.");
        }

        terminal.Result($"written: {path}", new { Out = path, To = to, model.Architecture });
        return ExitCode.Success;
    }

    private static void Weights(TransferModel model, string path, CheckpointFormat format)
    {
        using StateDict weights = StateDict.FromTensors(model.Module.State());
        weights.Save(path, format);
    }
}
