namespace TransferLearning;

/// <summary>
/// Logs a run as comma-separated values: a line for each step (<c>training</c>), each look at the validation set (<c>validation</c>) and
/// each epoch (<c>epoch</c>); what an entry does not have is empty.
/// </summary>
/// <param name="path">The file; its folder is made if need be.</param>
public sealed class CsvLog(string path) : RunLog
{
    private const string Header
        = "step,epoch,kind,loss,accuracy,score_name,score,learning_rate,gradient_norm,samples_per_second,seconds";

    private static readonly int Columns = Header.Split(',').Length;
    private FileStream? _file;

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The file is no log of this kind, and is left as it is.</exception>
    private protected override HashSet<string> Begin(long step)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        HashSet<string> kept = [];
        string[] lines = File.Exists(path) ? [.. Sound(step, kept)] : [];
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        AtomicFile.Write(path, stream =>
        {
            foreach (string line in lines.Prepend(Header))
            {
                stream.Write(Encoding.UTF8.GetBytes($"{line}\n"));
            }
        });
        _file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        return kept;
    }

    /// <inheritdoc/>
    private protected override void Write(RunLogEntry entry)
    {
        string line = string.Join(
            ',', Text(entry.Step), Text(entry.Epoch), entry.Kind, Text(entry.Loss), Text(entry.Accuracy), Quoted(entry.Score?.Name ?? ""),
            Text(entry.Score?.Value), Text(entry.LearningRate), Text(entry.GradientNorm), Text(entry.SamplesPerSecond),
            Text(entry.Seconds));
        _file!.Write(Encoding.UTF8.GetBytes($"{line}\n"));
    }

    /// <inheritdoc/>
    private protected override void Close() => _file?.Dispose();

    private static string Text(IFormattable? number) => number?.ToString(null, CultureInfo.InvariantCulture) ?? "";

    // A metric of a program's own may have any name.
    private static string Quoted(string name) => DelimitedFormat.Field(name.Replace('\r', ' ').Replace('\n', ' '));

    // The whole lines up to a step; what was half written has too few columns or no line end.
    private IEnumerable<string> Sound(long step, HashSet<string> kept)
    {
        string text = File.ReadAllText(path);
        string[] lines = text.Split('\n');
        if (text.Length > 0 && lines[0] != Header)
        {
            throw new InvalidDataException(
                $"'{path}' is no log of {nameof(CsvLog)}: its first line is '{lines[0]}', expected '{Header}'. Choose another path.");
        }

        foreach (string line in lines.Skip(1).SkipLast(1))
        {
            string[] cells = line.Split(',');
            if (cells.Length >= Columns && long.TryParse(cells[0], CultureInfo.InvariantCulture, out long own) && own <= step && own > 0)
            {
                if (own == step)
                {
                    kept.Add(cells[2]);
                }

                yield return line;
            }
        }
    }
}
