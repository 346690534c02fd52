namespace TransferLearning;

/// <summary>A training checkpoint as Python scripts write it: <c>model</c>, <c>optimizer</c> and <c>epoch</c> in one dictionary. It is read
/// as data, and everything in it is compared with the run that is to resume from it.</summary>
internal sealed class PyTorchCheckpoint : IDisposable
{
    private const double RateTolerance = 1e-6; // PyTorch computes a rate from the one before it, and roundings add up
    private static readonly string[] OptimizerKeys = ["optimizer", "optimizer_state_dict", "optim"];

    private readonly string _path;
    private readonly StateDict _state;
    private readonly CheckpointValue _optimizer;

    private PyTorchCheckpoint(string path, StateDict state)
    {
        (_path, _state) = (path, state);
        CheckpointValue root = state.Root;
        _optimizer = OptimizerKeys.Select(key => root[key]).FirstOrDefault(value => value?["param_groups"] is not null)
            ?? throw Refused(
                $"it has no optimizer (none of {string.Join(", ", OptimizerKeys)} with 'param_groups'). To begin a run with its weights "
                    + "alone, load them: Pretrained.Load(architecture, path)");
        Epochs = Whole(root["epoch"], "epoch")
            ?? throw Refused("it has no 'epoch', the number of epochs that are finished");
    }

    /// <summary>How many epochs are finished.</summary>
    public int Epochs { get; }

    /// <summary>Opens what a caller resumes from where it is a file; null for a folder. The caller disposes it.</summary>
    /// <exception cref="CheckpointException">The file is no sound checkpoint.</exception>
    /// <exception cref="ArgumentException">It is none of a run of training.</exception>
    public static PyTorchCheckpoint? At(string? resume, Network network)
    {
        if (!File.Exists(resume))
        {
            return null;
        }

        StateDict state = StateDict.Open(resume, new CheckpointOptions { KeyMap = network.CheckpointNames });
        try
        {
            return new PyTorchCheckpoint(resume, state);
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    /// <summary>Refuses options of which the checkpoint does not hold the state.</summary>
    /// <exception cref="ArgumentException">There is one.</exception>
    public void Check(FineTuneOptions options, bool hasPhases)
    {
        string? other = hasPhases ? nameof(options.Recipe)
            : options.Average is not null ? nameof(options.Average)
            : options.Methods.Count > 0 ? nameof(options.Methods)
            : options.TimeLimit is not null ? nameof(options.TimeLimit)
            : options.MaxMemory is not null ? nameof(options.MaxMemory)
            : options.Schedule is ReduceOnPlateauSchedule ? nameof(ReduceOnPlateauSchedule)
            : null;
        if (other is not null)
        {
            throw Refused($"it does not hold what {other} needs to know of the epochs before: leave it out");
        }

        if (options.Epochs <= Epochs)
        {
            throw Refused(
                $"{Epochs} epochs are finished in it, and {nameof(options.Epochs)} = {options.Epochs} is how many there are in all");
        }
    }

    /// <summary>Fills the network: all of it, what is frozen too.</summary>
    /// <exception cref="WeightLoadException">A weight is absent or of another shape; nothing was written.</exception>
    /// <exception cref="ArgumentException">It has weights that the network has not.</exception>
    public WeightLoadReport LoadInto(Network network)
    {
        string[] known = [.. network.State().Select(entry => entry.Key)];
        string[] strange = [.. _state.Entries.Select(entry => entry.Name).Except(known).Take(5)];
        return strange.Length == 0
            ? _state.LoadInto(network.State())
            : throw Refused($"{network.GetName()} has no {string.Join(", ", strange)}");
    }

    /// <summary>What a checkpoint of this library would hold at the same point; the caller disposes it.</summary>
    /// <param name="plan">What is trained; the network has the weights already.</param>
    /// <param name="at">The optimizer of the run that resumes, after some steps.</param>
    /// <param name="identity">What the run is.</param>
    /// <param name="stepsPerEpoch">How many steps an epoch has.</param>
    /// <param name="batchesPerStep">How many batches a step has.</param>
    /// <param name="logger">Where it is said what could not be taken as it is.</param>
    /// <exception cref="ArgumentException">It is of another optimizer, or other parameters.</exception>
    public SavedRun Continue(
        TrainingPlan plan, Func<long, OptimizerOutline> at, IReadOnlyDictionary<string, string> identity, int stepsPerEpoch,
        int batchesPerStep, ILogger logger)
    {
        long begun = (long)Epochs * stepsPerEpoch, step = Whole(_state.Root["step"], "step") ?? begun;
        if (step < begun || step >= begun + stepsPerEpoch)
        {
            TrainingLog.Note(
                logger,
                $"'{_path}' counts {step} steps after {Epochs} epochs, which here are {begun}: the run continues with epoch {Epochs + 1}.");
            step = begun;
        }

        OptimizerOutline ours = at(step);
        Dictionary<string, Tensor> tensors = [];
        Dictionary<string, long> counts = [];
        RunRecord record = new(
            identity, step, Epochs, EpochTotals.None with { NextBatch = (int)(step - begun) * batchesPerStep }, [], [], counts, 0, 0, 0,
            SkippedSamples.None, null);
        SavedRun saved = new(_path, record, tensors);
        try
        {
            foreach ((string name, Tensor tensor) in WeightSnapshot.Changing(plan.Network))
            {
                tensors.Add($"network.{name}", WeightSnapshot.Copy(tensor));
            }

            string[] names = Names(ours, plan.Network);
            CheckOptions(ours, names);
            Read(names, step, tensors, counts);
            return saved;
        }
        catch
        {
            saved.Dispose();
            throw;
        }
    }

    public void Dispose() => _state.Dispose();

    private IReadOnlyList<CheckpointValue> Groups => _optimizer["param_groups"]!.Items;

    // Which parameter stands at each number: Python's state dict has numbers only, in the order in which the script passed them.
    private string[] Names(OptimizerOutline ours, Network network)
    {
        int[] sizes = [.. Groups.Select(part => part["params"]?.Items.Count ?? 0)];
        CheckpointValue[] numbers = [.. Groups.SelectMany(part => part["params"]?.Items ?? [])];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (numbers[i].AsInteger() != i)
            {
                throw Refused("the parameters of its optimizer are not numbered one after the other");
            }
        }

        string?[] named = [.. Groups.SelectMany(part => part["param_names"]?.Items ?? []).Select(name => name.AsString())];
        if (named.Length == numbers.Length && Array.TrueForAll(named, name => name is not null))
        {
            return named!;
        }

        string[] trained = [.. ours.Groups.SelectMany(part => part.Parameters)];
        if (sizes.SequenceEqual(ours.Groups.Select(part => part.Parameters.Count)))
        {
            return trained;
        }

        string[] all =
        [
            .. ModuleState.Of(network).Where(entry => entry.Value is TorchSharp.Modules.Parameter).Select(entry => entry.Key),
        ];
        return sizes.Length != 1 || (numbers.Length != all.Length && numbers.Length != trained.Length)
            ? throw Refused(
                $"its optimizer has groups of {string.Join(", ", sizes)} parameters, and this run trains "
                    + $"{string.Join(", ", ours.Groups.Select(part => part.Parameters.Count))} of {all.Length}. Freeze the same layers and "
                    + "set the same rates, or have Python name them in 'param_names' of each group")
            : numbers.Length == all.Length ? all
            : [.. all.Where(trained.Contains)];
    }

    private void CheckOptions(OptimizerOutline ours, string[] names)
    {
        List<string> differences = [];
        int first = 0;
        foreach (CheckpointValue group in Groups)
        {
            HashSet<string> members = [.. names.Skip(first).Take(group["params"]!.Items.Count)];
            first += group["params"]!.Items.Count;
            foreach ((string name, double value) in ours.Numbers)
            {
                Compare(
                    name,
                    name is "beta1" or "beta2" ? group["betas"]?.Items.ElementAtOrDefault(name == "beta1" ? 0 : 1)?.AsDouble()
                        : group[name]?.AsDouble(),
                    value,
                    0);
            }

            foreach ((string name, bool value) in ours.Switches)
            {
                Compare(name, group[name]?.AsBoolean() is { } flag ? flag ? 1 : 0 : null, value ? 1 : 0, 0);
            }

            if (group["decoupled_weight_decay"]?.AsBoolean() is { } decoupled)
            {
                Compare("decoupled_weight_decay", decoupled ? 1 : 0, ours.Rule == "AdamW" ? 1 : 0, 0);
            }

            Compare("maximize", group["maximize"]?.AsBoolean() == true ? 1 : 0, 0, 0);
            foreach (OptimizerOutline.Group part in ours.Groups.Where(part => part.Parameters.Any(members.Contains)))
            {
                Compare("lr", group["lr"]?.AsDouble(), part.Rate, RateTolerance * part.Rate);
                Compare("weight_decay", group["weight_decay"]?.AsDouble(), part.WeightDecay, 0);
            }
        }

        if (differences.Count > 0)
        {
            throw Refused(
                $"its optimizer is not the {ours.Rule} of this run: {string.Join("; ", differences.Distinct())}. Give the same optimizer, "
                    + "schedule and options as in Python");
        }

        void Compare(string name, double? theirs, double value, double tolerance)
        {
            if (theirs is null || !(Math.Abs(theirs.Value - value) <= tolerance))
            {
                string found = theirs?.ToString(CultureInfo.InvariantCulture) ?? "absent";
                differences.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {found} in it and {value} here"));
            }
        }
    }

    private void Read(string[] names, long step, Dictionary<string, Tensor> tensors, Dictionary<string, long> counts)
    {
        foreach ((CheckpointValue key, CheckpointValue value) in _optimizer["state"]?.Pairs ?? [])
        {
            if (key.AsInteger() is not { } number || number < 0 || number >= names.Length)
            {
                throw Refused($"the state of its optimizer has the parameter {key}, and there are {names.Length}");
            }

            string name = names[(int)number];
            long count = value["step"] is { } steps ? Steps(steps, name) : step;
            if (count == 0)
            {
                continue; // what PyTorch makes before the first step, this library makes in it
            }

            counts[name] = count;
            foreach ((CheckpointValue buffer, CheckpointValue tensor) in value.Pairs)
            {
                if (buffer.AsString() is { } text && text != "step" && tensor.Tensor is { } view)
                {
                    tensors.Add($"optimizer.{name}.{text}", view.Read().DetachFromDisposeScope());
                }
            }
        }
    }

    private long Steps(CheckpointValue value, string name)
    {
        double? count = value.AsDouble();
        if (value.Tensor is { ElementCount: 1 } view)
        {
            using Tensor read = view.Read();
            using Tensor wide = read.to(ScalarType.Float64);
            count = wide.item<double>();
        }

        return count is >= 0 and <= long.MaxValue / 2 && double.IsInteger(count.Value)
            ? (long)count
            : throw Refused($"the number of steps of '{name}' in it is {value}");
    }

    private int? Whole(CheckpointValue? value, string key)
        => value is null ? null
            : value.AsInteger() is { } number && number >= 0 && number <= int.MaxValue ? (int)number
            : throw Refused($"its '{key}' is {value}, no count");

    private ArgumentException Refused(string why) => new($"A run cannot resume from '{_path}': {why}.");
}
