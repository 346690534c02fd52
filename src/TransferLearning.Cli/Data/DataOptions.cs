using System.CommandLine;

namespace TransferLearning.Cli;

/// <summary>The options of a command that say where samples are and what is to be learned of each.</summary>
internal sealed class DataOptions
{
    private readonly Argument<string?> _data = new("data")
    {
        Description = "A folder or zip or tar file with one folder for each class; or a CSV, TSV or JSON-lines file of paths and "
            + "labels, or of texts and labels.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _part;
    private readonly Option<DataKind?> _kind = new("--kind")
    {
        Description = "What the samples are, where that is not to be recognised by the names of the files.",
    };

    private readonly Option<string?> _path = new("--path") { Description = "The column of a listing that holds the paths." };
    private readonly Option<string?> _text = new("--text") { Description = "The column of the text. Default: text." };
    private readonly Option<string?> _pair = new("--pair") { Description = "The column of the second text of a pair." };
    private readonly Option<string?> _label = new("--label") { Description = "The column of the class. Default: label." };
    private readonly Option<string?> _target = new("--target")
    {
        Description = "The column of a number to be predicted, in place of a class.",
    };
    private readonly Option<string?> _separator = new("--label-separator")
    {
        Description = "What stands between the labels of a sample that may have several: one character.",
    };

    public DataOptions(SettingList settings, string part)
    {
        _part = new Option<string?>("--part") { Description = part };
        settings.Add(_data);
        settings.Add(_part);
        settings.Add(_kind);
        settings.Add(_path);
        settings.Add(_text);
        settings.Add(_pair);
        settings.Add(_label);
        settings.Add(_target);
        settings.Add(_separator);
    }

    /// <summary>Recognises what is there.</summary>
    public DataSource Source(ParseResult line, Terminal terminal) => Source(
        line, terminal, line.GetValue(_data) ?? throw new UsageException("Say where the samples are: a folder, an archive or a listing."));

    /// <summary>The same for another place with the same columns.</summary>
    public DataSource Source(ParseResult line, Terminal terminal, string path)
    {
        DataSource source = DataSource.Recognise(path, line.GetValue(_kind), Columns(line));
        terminal.Note(source.ToString());
        return source;
    }

    /// <summary>The part that the user asks for.</summary>
    public string? Part(ParseResult line) => line.GetValue(_part);

    private DataColumns Columns(ParseResult line)
    {
        string? separator = line.GetValue(_separator);
        return separator is null or { Length: 1 }
            ? new DataColumns(
                line.GetValue(_path), line.GetValue(_text), line.GetValue(_pair), line.GetValue(_label), line.GetValue(_target),
                separator?[0])
            : throw new UsageException($"--label-separator is one character, not '{separator}'.");
    }
}
