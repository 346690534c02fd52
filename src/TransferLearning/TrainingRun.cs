using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp.PyBridge;

namespace TransferLearning;

/// <summary>A run of training that left its checkpoints in a folder (<see cref="FineTuneOptions.Checkpoints"/>, or <c>resume:</c>): how far
/// it is, and the way out to PyTorch.</summary>
public sealed class TrainingRun
{
    private const string Network = "network.";
    private const string Rule = "optimizer.";

    private readonly RunFolder _files;
    private readonly RunRecord _record;

    private TrainingRun(string folder, RunFolder files, RunRecord record) => (Folder, _files, _record) = (folder, files, record);

    /// <summary>The folder; of a recipe that of its last phase begun.</summary>
    public string Folder { get; }

    /// <summary>How many steps of the optimizer the newest checkpoint has.</summary>
    public long Steps => _record.Step;

    /// <summary>How many epochs are finished in it.</summary>
    public int Epochs => _record.Epoch;

    /// <summary>Why the run ended; null while it has not, and can be resumed.</summary>
    public StopReason? StopReason => _record.Ended;

    /// <summary>Opens a run; nothing but the description of its newest checkpoint is read.</summary>
    /// <param name="folder">The folder of the run.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">It holds no checkpoint of a run.</exception>
    public static TrainingRun Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException(
                $"There is no folder '{folder}'. A run writes one with FineTune(…, resume: folder) or {nameof(FineTuneOptions)}."
                    + $"{nameof(FineTuneOptions.Checkpoints)}.");
        }

        foreach (string candidate in Directory.GetDirectories(folder, "phase-*").OrderDescending(StringComparer.Ordinal).Append(folder))
        {
            RunFolder files = new(candidate, NullLogger.Instance);
            if (files.NewestRecord() is { } record)
            {
                return new TrainingRun(candidate, files, record);
            }
        }

        throw new InvalidDataException($"'{folder}' holds no checkpoint of a training run. Check the path.");
    }

    /// <summary>
    /// Writes the newest checkpoint as Python scripts write theirs, for <c>torch.load</c>: a dictionary of <c>model</c> (the state dict of
    /// the weights as they are in training), <c>optimizer</c> (for <c>optimizer.load_state_dict</c>), <c>scheduler</c> where PyTorch has
    /// the same one, <c>epoch</c> (how many are finished) and <c>step</c>. Each parameter group names its parameters in <c>param_names</c>;
    /// they stand in the order of <c>model.named_parameters()</c>.
    /// </summary>
    /// <param name="path">The file; its folder must exist. It appears whole or not at all.</param>
    /// <param name="model">The model as it was trained, which has the weights that were frozen: a run's checkpoints do not hold them. Null
    /// where nothing was frozen.</param>
    /// <returns>What is in the file.</returns>
    /// <exception cref="ArgumentException">Weights were frozen and no model, or another one, is given.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is damaged, or older than this verb.</exception>
    /// <exception cref="IOException">It could not be written; an older file of that name is untouched.</exception>
    public PyTorchExport ExportPyTorch(string path, TransferModel? model = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        LibTorch.Load();
        using SavedRun saved = _files.Newest()
            ?? throw new InvalidDataException($"The checkpoints in '{Folder}' were removed since the run was opened.");
        OptimizerOutline outline = saved.Record.Optimizer
            ?? throw new InvalidDataException(
                $"'{saved.Path}' was written before runs could be exported: it does not say how the optimizer was set. Resume the run for "
                    + "a step with this version and export it then.");
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        Dictionary<string, Tensor> state = saved.Part(Rule), weights = saved.Part(Network);
        Dictionary<object, object?> checkpoint = new()
        {
            ["model"] = Weights(saved, weights, model),
            ["optimizer"] = outline.ToStateDict(saved.Record.StepCounts, Remembered, name => weights[name]),
            ["epoch"] = saved.Record.Epoch,
            ["step"] = saved.Record.Step,
        };
        List<string> notes = [];
        if (outline.Scheduler is { } scheduler)
        {
            checkpoint["scheduler"] = scheduler.ToStateDict(outline.Groups);
            notes.Add($"The {scheduler.Kind} counts {(scheduler.Unit == ScheduleUnit.Step ? "steps of the optimizer" : "epochs")}.");
        }
        else if (saved.Record.Identity.GetValueOrDefault(nameof(FineTuneOptions.Schedule)) is { } words
            && words != RunIdentity.Describe(new ConstantSchedule()))
        {
            notes.Add($"PyTorch has no scheduler like {words}: the rate is that of the next step, and moving it is up to the script.");
        }

        if (saved.Record.Totals.NextBatch > 0)
        {
            notes.Add($"Epoch {saved.Record.Epoch + 1} is not finished: {saved.Record.Totals.NextBatch} of its batches are done.");
        }

        if (saved.Record.AverageUpdates > 0)
        {
            notes.Add("The averaged weights are not in the file; 'model' holds those that are trained.");
        }

        if (saved.Part("methods.").Count > 0)
        {
            notes.Add("What the methods of the run remember is not in the file.");
        }

        AtomicFile.Write(path, stream => PyTorchPickler.PickleStateDict(stream, checkpoint, leaveOpen: true));
        return new PyTorchExport(path, outline.Rule, outline.Scheduler?.Kind, saved.Record.Epoch, saved.Record.Step, notes);

        IEnumerable<KeyValuePair<string, Tensor>> Remembered(string name)
            => state
                .Where(entry => entry.Key.Length > name.Length && entry.Key[name.Length] == '.' && entry.Key.LastIndexOf('.') == name.Length
                    && entry.Key.StartsWith(name, StringComparison.Ordinal))
                .Select(entry => KeyValuePair.Create(entry.Key[(name.Length + 1)..], Plain(entry.Value)));
    }

    // A run holds what training changes; the rest is the model's, recognised by its hash.
    private Dictionary<object, object?> Weights(SavedRun saved, Dictionary<string, Tensor> changed, TransferModel? model)
    {
        string frozen = saved.Record.Identity.GetValueOrDefault(RunIdentity.FrozenWeights, "");
        if (model is null)
        {
            return frozen == RunIdentity.Hash([])
                ? changed.ToDictionary(entry => (object)entry.Key, entry => (object?)Plain(entry.Value))
                : throw new ArgumentException(
                    $"Weights were frozen in the run in '{Folder}', and its checkpoints do not hold them: give the model that was trained, "
                        + "ExportPyTorch(path, model).",
                    nameof(model));
        }

        using IDisposable use = model.Use();
        IReadOnlyList<KeyValuePair<string, Tensor>> all = model.Module.State();
        if (changed.Keys.Except(all.Select(entry => entry.Key)).FirstOrDefault() is { } stranger)
        {
            throw new ArgumentException(
                $"The run in '{Folder}' trained '{stranger}', which {model.Architecture} does not have.", nameof(model));
        }

        string hash = RunIdentity.Hash(
            all.Where(entry => entry.Value is TorchSharp.Modules.Parameter && !changed.ContainsKey(entry.Key)));
        return hash == frozen
            ? all.ToDictionary(entry => (object)entry.Key, entry => (object?)Plain(changed.GetValueOrDefault(entry.Key, entry.Value)))
            : throw new ArgumentException(
                $"The weights that were frozen in the run in '{Folder}' are not those of this {model.Architecture}: give the model that "
                    + "was trained.",
                nameof(model));
    }

    // PyBridge writes the memory of a tensor from its start, whatever its strides and offset say.
    private static Tensor Plain(Tensor tensor)
    {
        Tensor plain = tensor.detach().cpu().contiguous();
        return plain.storage_offset() == 0 ? plain : plain.clone();
    }
}
