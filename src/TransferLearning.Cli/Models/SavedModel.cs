using System.CommandLine;

namespace TransferLearning.Cli;

/// <summary>The argument that names a saved model.</summary>
internal sealed class SavedModel
{
    private readonly Argument<string> _path = new("model")
    {
        Description = "A model that tl train or tl probe saved: a file, or a folder for texts and sounds; folders of Hugging Face's "
            + "form too.",
    };

    public SavedModel(Command command) => command.Arguments.Add(_path);

    /// <summary>Opens it.</summary>
    /// <returns>The model; the caller disposes it.</returns>
    public TransferModel Open(ParseResult line) => Open(line.GetValue(_path)!);

    /// <summary>Opens a model by its path.</summary>
    public static TransferModel Open(string path)
        => File.Exists(path) || Directory.Exists(path)
            ? TransferModel.Load(path)
            : throw new UsageException($"There is no model '{path}'. tl train and tl probe write one: --out {path}.");
}
