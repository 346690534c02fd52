namespace TransferLearning;

/// <summary>
/// Logs a run as event files that TensorBoard shows: <c>tensorboard --logdir folder</c>. Scalars are <c>training/loss</c>,
/// <c>training/learning_rate</c>, <c>training/gradient_norm</c>, <c>validation/loss</c>, <c>validation/accuracy</c> (or whatever the score
/// is), <c>epoch/loss</c>, <c>epoch/accuracy</c>, <c>epoch/samples_per_second</c>.
/// </summary>
/// <param name="folder">The folder of the run, which is made if need be; event files of other programs in it stay as they are.</param>
/// <param name="clock">Gives the time that every event carries. Default: null, the system's.</param>
public sealed class TensorBoardLog(string folder, TimeProvider? clock = null) : RunLog
{
    private const string Ending = ".transferlearning";
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private EventFile? _file;

    /// <inheritdoc/>
    private protected override HashSet<string> Begin(long step)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        HashSet<string> kept = [];
        foreach (string older in Directory.GetFiles(folder, $"events.out.tfevents.*{Ending}"))
        {
            kept.UnionWith(EventFile.Cut(older, step).Select(tag => tag.Split('/')[0]));
        }

        // As other programs name them: TensorBoard reads the files of a folder in the order of their names.
        long seconds = _clock.GetUtcNow().ToUnixTimeSeconds();
        for (int number = 0; _file is null; number++)
        {
            string name = string.Create(
                CultureInfo.InvariantCulture,
                $"events.out.tfevents.{seconds:D10}.{Environment.MachineName}.{Environment.ProcessId}.{number}{Ending}");
            string path = Path.Combine(folder, name);
            _file = File.Exists(path) ? null : new EventFile(path, step, _clock);
        }

        return kept;
    }

    /// <inheritdoc/>
    private protected override void Write(RunLogEntry entry)
    {
        List<(string Tag, double Value)> scalars = [];
        Add("loss", entry.Loss);
        Add("accuracy", entry.Accuracy);
        Add(entry.Score?.Name.Replace(' ', '_') ?? "", entry.Score?.Value);
        Add("learning_rate", entry.LearningRate);
        Add("gradient_norm", entry.GradientNorm);
        Add("samples_per_second", entry.SamplesPerSecond);
        _file!.Write(entry.Step, scalars);

        void Add(string name, double? value)
        {
            if (value is { } number)
            {
                scalars.Add(($"{entry.Kind}/{name}", number));
            }
        }
    }

    /// <inheritdoc/>
    private protected override void Close() => _file?.Dispose();
}
