using System.CommandLine;
using TransferLearning.Onnx;

namespace TransferLearning.Cli;

/// <summary>Writes a model for other programs.</summary>
internal sealed class ExportCommand : ToolSubcommand
{
    private readonly SavedModel _model;
    private readonly Option<string> _to = new("--to")
    {
        Description = "safetensors or pth: the weights under PyTorch's names; hugging-face: a folder that from_pretrained reads (texts, "
            + "sounds); peft: the adapter alone; onnx: a graph for ONNX Runtime, ML.NET and browsers (images, texts); gguf: a GPT-2, BERT, "
            + "RoBERTa or DistilBERT for llama.cpp; ggml: a Whisper for whisper.cpp.",
        Required = true,
    };

    private readonly Option<string> _out = new("--out", "-o") { Description = "The file or folder to write.", Required = true };
    private readonly Option<bool> _half = new("--half") { Description = "Weights in 16 bits, for hugging-face." };
    private readonly Option<string?> _type = new("--type")
    {
        Description = "How weight matrices are stored, for gguf and ggml: f32, f16 (the default) or q8, which is q8_0.",
    };

    private readonly Option<TextPooling?> _pooling = new("--pooling")
    {
        Description = "How vectors of tokens become one, for gguf and onnx of texts: mean (the default of encoders) or cls.",
    };

    private readonly Option<bool> _preprocessing = new("--preprocessing")
    {
        Description = "The graph takes pixels of any size and resizes, crops and normalises them itself, for onnx of images.",
    };

    public ExportCommand()
        : base("export", "Write a saved model in a form that other programs read. Example: tl export bees.tl --to onnx -o bees.onnx")
    {
        _model = new SavedModel(this);
        Option[] options = [_to, _out, _half, _type, _pooling, _preprocessing];
        Array.ForEach(options, Options.Add);
        _to.AcceptOnlyFromAmong("safetensors", "pth", "hugging-face", "peft", "onnx", "gguf", "ggml");
        _type.AcceptOnlyFromAmong("f32", "f16", "q8");
    }

    private protected override int Run(ParseResult line, Terminal terminal, CancellationToken cancellationToken)
    {
        string to = line.GetValue(_to)!, path = line.GetValue(_out)!;
        RequireUse(line, _half, to, "hugging-face");
        RequireUse(line, _type, to, "gguf", "ggml");
        RequireUse(line, _pooling, to, "gguf", "onnx");
        RequireUse(line, _preprocessing, to, "onnx");
        GgmlType type = line.GetValue(_type) is { } name ? Enum.Parse<GgmlType>(name, ignoreCase: true) : GgmlType.F16;
        TextPooling? pooling = line.GetValue(_pooling);
        using TransferModel model = _model.Open(line);
        IReadOnlyList<string> notes = [];
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
            case "onnx" when pooling is not null && model is not TextModel { LearningTask: FeatureExtraction }:
                throw new UsageException(
                    $"{model.Architecture} for {model.LearningTask.Name} has no vectors of texts: leave --pooling out.");
            case "onnx":
                bool prepares = line.GetValue(_preprocessing);
                OnnxExportOptions options = new() { IncludePreprocessing = prepares, Pooling = pooling ?? TextPooling.Mean };
                notes = model.ExportOnnx(path, prepares ? options with { Opset = 18 } : options).Notes;
                break;
            case "gguf" when model is TextModel texts:
                notes = texts.ExportGguf(path, type, pooling).Notes;
                break;
            case "ggml" when model is SpeechModel speech:
                speech.ExportGgml(path, type);
                break;
            default:
                throw new UsageException($"{model.Architecture} cannot be written as {to}.");
        }

        foreach (string note in notes)
        {
            terminal.Note(note);
        }

        terminal.Result($"written: {path}", new { Out = path, To = to, model.Architecture, Notes = notes });
        return ExitCode.Success;
    }

    private static void RequireUse(ParseResult line, Option option, string to, params string[] forms)
    {
        if (line.GetResult(option) is { Implicit: false } && !forms.Contains(to))
        {
            throw new UsageException($"{option.Name} is for {string.Join(" and ", forms)}: leave it out.");
        }
    }

    private static void Weights(TransferModel model, string path, CheckpointFormat format)
    {
        using StateDict weights = StateDict.FromTensors(model.Module.State());
        weights.Save(path, format);
    }
}
