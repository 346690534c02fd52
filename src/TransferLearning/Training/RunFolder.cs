using System.Text.Json.Serialization;

namespace TransferLearning;

/// <summary>The folder with the checkpoints of one run: one safetensors file each, named by its step; the two newest are kept.</summary>
internal sealed class RunFolder(string folder, ILogger logger)
{
    private const int Kept = 2;
    private const string Prefix = "step-";
    private const string Extension = ".safetensors";
    private const string RecordKey = "transferlearning-run";
    private const string DigestKey = "transferlearning-digest";
    private static readonly JsonSerializerOptions Json = new()
    {
        Converters = { new JsonStringEnumConverter() },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>The checkpoints there are, newest first.</summary>
    public IReadOnlyList<string> Files
        => Directory.Exists(folder) ? [.. Directory.GetFiles(folder, $"{Prefix}*{Extension}").OrderDescending(StringComparer.Ordinal)] : [];

    /// <summary>Makes the folder and clears away what a killed run left half-written.</summary>
    public void Prepare()
    {
        Directory.CreateDirectory(folder);
        foreach (string remains in Directory.GetFiles(folder, $"{Prefix}*.tmp"))
        {
            File.Delete(remains);
        }
    }

    /// <summary>The newest checkpoint that is sound; null when there is none at all. The caller disposes it.</summary>
    /// <exception cref="InvalidDataException">There are checkpoints, and every one is damaged.</exception>
    public SavedRun? Newest()
    {
        Exception? damage = null;
        foreach (string file in Files)
        {
            try
            {
                return Read(file);
            }
            catch (Exception exception) when (exception is CheckpointException or InvalidDataException or IOException)
            {
                TrainingLog.Note(logger, $"The checkpoint '{file}' is damaged ({exception.Message}); the one before it is taken.");
                damage ??= exception;
            }
        }

        return damage is null
            ? null
            : throw new InvalidDataException(
                $"Every checkpoint in '{folder}' is damaged. Delete them to begin anew. The newest: {damage.Message}", damage);
    }

    /// <summary>The record of the newest checkpoint that has one, without its tensors; null when there is none.</summary>
    public RunRecord? NewestRecord()
    {
        foreach (string file in Files)
        {
            try
            {
                using StateDict state = StateDict.Open(file);
                return Described(file, state).Record;
            }
            catch (Exception exception) when (exception is CheckpointException or InvalidDataException or IOException)
            {
                // Whoever reads the tensors says that it is damaged.
            }
        }

        return null;
    }

    /// <summary>Writes a checkpoint, whole or not at all, and removes those before the last two.</summary>
    /// <returns>The file.</returns>
    /// <exception cref="IOException">The disk is full, for example; what was there stays.</exception>
    public string Write(RunRecord record, IReadOnlyList<KeyValuePair<string, torch.Tensor>> tensors)
    {
        string path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{record.Step:D12}{Extension}"));
        JsonText.RequireReflection();
        Dictionary<string, string> metadata = new()
        {
            [RecordKey] = Written(record),
            [DigestKey] = RunIdentity.Hash(tensors.OrderBy(entry => entry.Key, StringComparer.Ordinal)),
        };
        try
        {
            using StateDict state = StateDict.FromTensors(tensors, metadata);
            state.Save(path, CheckpointFormat.SafeTensors);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            // .NET reports a file that grows too large for the disk as an argument out of range.
            string older = Files.Count > 0 ? $"The checkpoint '{Files[0]}' stands" : "There is no checkpoint yet";
            throw new IOException(
                $"The checkpoint '{path}' could not be written: {exception.Message} {older}. Make room or choose another folder, then go "
                    + $"on with resume: \"{folder}\".", exception);
        }

        foreach (string old in Files.Skip(Kept))
        {
            File.Delete(old);
        }

        return path;
    }

    /// <summary>A record as text.</summary>
    public static string Written(RunRecord record) => JsonSerializer.Serialize(record, Json);

    /// <summary>The record of a text.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static RunRecord Parse(string file, string text)
    {
        JsonText.RequireReflection();
        try
        {
            RunRecord? record = JsonSerializer.Deserialize<RunRecord>(text, Json);
            return record is { Identity: not null, Epochs: not null, Evaluations: not null, StepCounts: not null }
                ? record
                : throw new JsonException("a part is missing");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"The record in '{file}' is damaged: {exception.Message}", exception);
        }
    }

    /// <summary>Reads one checkpoint and checks it; the caller disposes it.</summary>
    public static SavedRun Read(string file)
    {
        using StateDict state = StateDict.Open(file);
        (RunRecord record, string digest) = Described(file, state);
        Dictionary<string, torch.Tensor> tensors = [];
        SavedRun saved = new(file, record, tensors);
        try
        {
            foreach (TensorEntry entry in state.Entries)
            {
                tensors.Add(entry.Name, state.Read(entry.Name).DetachFromDisposeScope());
            }

            return RunIdentity.Hash(tensors.OrderBy(entry => entry.Key, StringComparer.Ordinal)) == digest
                ? saved
                : throw new InvalidDataException("its numbers do not have the checksum that was written with them");
        }
        catch
        {
            saved.Dispose();
            throw;
        }
    }

    private static (RunRecord Record, string Digest) Described(string file, StateDict state)
    {
        if (!state.Metadata.TryGetValue(RecordKey, out string? text) || !state.Metadata.TryGetValue(DigestKey, out string? digest))
        {
            throw new InvalidDataException($"'{file}' is no checkpoint of a training run: its metadata has no '{RecordKey}'.");
        }

        RunRecord record = Parse(file, text);
        return record.Version == RunRecord.CurrentVersion
            ? (record, digest)
            : throw new NotSupportedException(
                $"'{file}' is a training run of version {record.Version}; this library reads version {RunRecord.CurrentVersion}. "
                    + "Use the package that began it.");
    }
}
