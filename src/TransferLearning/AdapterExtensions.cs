namespace TransferLearning;

/// <summary>The verbs of the sentence for adapters: new small weights that are trained while the network stays as it is. Each changes the
/// model it is called on and returns it under its own type.</summary>
/// <remarks>
/// <para>A model may have any number of adapters, by name. One of them is used: the last that was added or loaded, or what
/// <see cref="UseAdapter{T}"/> says; it is the one that training changes. <see cref="Adapter"/> chooses another, or none, for some calls
/// that only predict or evaluate; it is safe to do so from several threads at once.</para>
/// <para>The first adapter trains the head that the model has. Each further one has a head of its own, a copy at first, and so a task of
/// its own: <see cref="TransferModel.LearningTask"/> is that of the adapter in use.</para>
/// </remarks>
public static class AdapterExtensions
{
    /// <summary>Adds an adapter, freezes everything but it and the head, and uses it from now on. LoRA, DoRA, (IA)3 and bottlenecks compute
    /// what the model computed until they are trained.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Its kind: <see cref="LoraOptions"/>, <see cref="Ia3Options"/>, <see cref="BottleneckOptions"/>,
    /// <see cref="PrefixTuningOptions"/>, <see cref="PromptTuningOptions"/>, <see cref="SideTuningOptions"/>.</param>
    /// <param name="name">Its name, where there is to be more than one: letters, digits, '_' and '-'.</param>
    /// <param name="seed">What fixes the draws.</param>
    /// <exception cref="ArgumentException">The network has no place for it, the message says what it has; or a value is out of
    /// range.</exception>
    /// <exception cref="InvalidOperationException">There is one of that name.</exception>
    public static T WithAdapter<T>(this T model, AdapterOptions options, string name = AdapterChoice.Unnamed, long seed = 0)
        where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        using IDisposable use = model.Use();
        Add(model, options, name, seed, null);
        return model;
    }

    /// <summary>
    /// Freezes the network and gives chosen layers low-rank weights, y = W x + b + (alpha / rank) B A x, of which only A and B are trained,
    /// and the head (Hu et al., 2021). At first they change nothing: B begins at 0, A as a linear layer of PyTorch.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="rank">The rank of each.</param>
    /// <param name="alpha">What they are scaled by, together with the rank.</param>
    /// <param name="dropout">The probability with which an input of them is dropped in training.</param>
    /// <param name="targets">The last parts of the layers' names, such as <c>query</c> or <c>attention.self.query</c>; null means
    /// attention's queries and values.</param>
    /// <param name="seed">What fixes the draws of A.</param>
    /// <param name="name">The adapter's name, where there is to be more than one.</param>
    /// <exception cref="ArgumentException">No layer has such a name; the message lists the names.</exception>
    /// <exception cref="InvalidOperationException">There is an adapter of that name already.</exception>
    public static T WithLora<T>(
        this T model, int rank = 8, double alpha = 16, double dropout = 0, IReadOnlyList<string>? targets = null, long seed = 0,
        string name = AdapterChoice.Unnamed)
        where T : TransferModel
        => model.WithLora(
            new LoraOptions { Rank = rank, Alpha = alpha, Dropout = dropout, Targets = targets ?? LoraOptions.QueriesAndValues },
            seed,
            name);

    /// <summary>The same with all that can be chosen.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Which layers, and of what kind.</param>
    /// <param name="seed">What fixes the draws of A.</param>
    /// <param name="name">The adapter's name, where there is to be more than one.</param>
    /// <exception cref="ArgumentException">No layer has such a name; the message lists the names.</exception>
    /// <exception cref="InvalidOperationException">There is an adapter of that name already.</exception>
    public static T WithLora<T>(this T model, LoraOptions options, long seed = 0, string name = AdapterChoice.Unnamed)
        where T : TransferModel
        => model.WithAdapter(options, name, seed);

    /// <summary>The names of the model's adapters in the order in which they came; <c>default</c> is the one that was given none.</summary>
    /// <param name="model">The model.</param>
    public static IReadOnlyList<string> AdapterNames(this TransferModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return [.. model.Adaptation.Adapters.All.Select(adapter => adapter.Name)];
    }

    /// <summary>Uses an adapter from now on, in training too: everything but it and its head is frozen.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">One of <see cref="AdapterNames"/>; null for none.</param>
    /// <exception cref="ArgumentException">There is none of that name; the message lists those that there are.</exception>
    public static T UseAdapter<T>(this T model, string? name) where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        using IDisposable use = model.Use();
        NetworkAdapters adapters = model.Adaptation.Adapters;
        adapters.Choice.Used = name is null ? null : adapters.Known(name);
        model.Freeze(model.FreezesStatistics);
        return model;
    }

    /// <summary>Uses an adapter for the calls that are made until the result is disposed, and for those that flow from them (tasks,
    /// threads, what is awaited); other callers do not see it: <c>using (model.Adapter("b")) { model.Predict(text); }</c>. Training is
    /// refused meanwhile, unless it is the adapter that the model uses anyway.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">One of <see cref="AdapterNames"/>; null for none.</param>
    /// <returns>What ends the choice.</returns>
    /// <exception cref="ArgumentException">There is none of that name; the message lists those that there are.</exception>
    public static IDisposable Adapter(this TransferModel model, string? name)
    {
        ArgumentNullException.ThrowIfNull(model);
        NetworkAdapters adapters = model.Adaptation.Adapters;
        return adapters.Choice.Choose(name is null ? null : adapters.Known(name));
    }

    /// <summary>
    /// Folds the adapter in use into the layers: the model computes the same, up to rounding, with the layers it began with.
    /// <see cref="UnmergeAdapter{T}"/> takes it out again: for that, the layers' own weights are kept until the model is trained, given
    /// other weights or another adapter, or until <see cref="RemoveAdapter{T}"/>.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <exception cref="InvalidOperationException">There are other adapters too, or it cannot be folded in: it stands in a block or before
    /// the tokens. Nothing is changed.</exception>
    public static T MergeAdapter<T>(this T model) where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        using IDisposable use = model.Use();
        NetworkAdapters adapters = model.Adaptation.Adapters;
        LearningTask task = model.LearningTask;
        adapters.Merge();
        model.Tasks.OfModel = task;
        return model;
    }

    /// <summary>Takes an adapter out of the layers again, which are bit for bit what they were, and uses it beside them.</summary>
    /// <param name="model">The model.</param>
    /// <exception cref="InvalidOperationException">None is folded in, or what it was folded into was changed.</exception>
    public static T UnmergeAdapter<T>(this T model) where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        using IDisposable use = model.Use();
        model.Adaptation.Adapters.Unmerge();
        return model.UseAdapter(model.Adaptation.Adapters.Choice.Used);
    }

    /// <summary>Takes an adapter off without folding it in: the layers are what they were before.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">One of <see cref="AdapterNames"/>; null for the one in use.</param>
    /// <exception cref="ArgumentException">There is none of that name; the message lists those that there are.</exception>
    public static T RemoveAdapter<T>(this T model, string? name = null) where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        using IDisposable use = model.Use();
        NetworkAdapters adapters = model.Adaptation.Adapters;
        model.WithScaling(null);
        if ((name is null ? adapters.Used?.Name : adapters.Known(name)) is { } removed)
        {
            adapters.Remove(removed);
            model.Tasks.Set(removed, null);
        }

        adapters.Forget();
        return model;
    }

    /// <summary>The same as <see cref="MergeAdapter{T}"/>.</summary>
    /// <inheritdoc cref="MergeAdapter{T}"/>
    public static T MergeLora<T>(this T model) where T : TransferModel => model.MergeAdapter();

    /// <summary>The same as <see cref="UnmergeAdapter{T}"/>.</summary>
    /// <inheritdoc cref="UnmergeAdapter{T}"/>
    public static T UnmergeLora<T>(this T model) where T : TransferModel => model.UnmergeAdapter();

    /// <summary>Takes the LoRA weights in use off without folding them in: the layers are what they were before.</summary>
    /// <param name="model">The model.</param>
    public static T RemoveLora<T>(this T model) where T : TransferModel => model.RemoveAdapter();

    /// <summary>Writes only what was trained beside the frozen network, one adapter and its head, and the class names. The files are those
    /// of the PEFT library (<c>adapter_config.json</c>, <c>adapter_model.safetensors</c>) for the methods that it has; bottlenecks and side
    /// networks have the same files with a configuration of this library's own.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">The folder; made if it does not exist.</param>
    /// <param name="name">One of <see cref="AdapterNames"/>; null for the one in use.</param>
    /// <exception cref="InvalidOperationException">The network has no adapter, or trains weights that are neither an adapter's nor the
    /// head's.</exception>
    /// <exception cref="ArgumentException">There is none of that name; the message lists those that there are.</exception>
    public static void SaveAdapter(this TransferModel model, string folder, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using IDisposable use = model.Use();
        NetworkAdapters adapters = model.Adaptation.Adapters;
        string saved = name is not null ? adapters.Known(name)
            : adapters.Choice.Active
                ?? throw new InvalidOperationException(
                    "The network has no LoRA weights or other adapter to save; call WithLora or WithAdapter before training, or Save for "
                        + "the whole model.");
        NetworkStage head = model.Head;
        if (model.Module.named_parameters()
            .Where(entry => entry.parameter.requires_grad && AdapterPlan.AdapterOf(entry.name) is null && !head.Holds(entry.name))
            .Select(entry => entry.name)
            .FirstOrDefault() is { } other)
        {
            throw new InvalidOperationException(
                $"'{other}' is trained too, and is neither an adapter's nor the head's, so that it would be lost: save the whole model "
                    + "with Save, or call FreezeBackbone first if it never changed.");
        }

        PeftAdapter.Save(
            folder, model.Module, adapters.All.First(adapter => adapter.Name == saved), model.Tasks.Of(saved) ?? model.Tasks.OfModel);
    }

    /// <summary>
    /// Loads what <see cref="SaveAdapter"/> or the PEFT library wrote, LoRA weights or others, with the head where it is there, and uses it
    /// from now on.
    /// </summary>
    /// <param name="model">The model; everything but the adapter and its head is frozen.</param>
    /// <param name="folder">The folder. Its files are read as data; nothing in them can run.</param>
    /// <param name="name">The name that it is to have, where there is to be more than one.</param>
    /// <exception cref="InvalidOperationException">There is an adapter of that name already.</exception>
    /// <exception cref="ArgumentException">The model's first adapter names other classes than the model.</exception>
    /// <exception cref="InvalidDataException">It asks for what this library does not have, or does not fit the network.</exception>
    /// <exception cref="WeightLoadException">The weights do not fit the network; it has none then.</exception>
    public static T LoadAdapter<T>(this T model, string folder, string name = AdapterChoice.Unnamed) where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        using IDisposable use = model.Use();
        NetworkAdapters adapters = model.Adaptation.Adapters;
        AdapterOptions options = PeftAdapter.ReadPlan(folder);
        bool hasOwnHead = adapters.All.Count > 0 && model.Module.HeadNames.Count > 0;
        LearningTask before = model.Tasks.OfModel;
        string? used = adapters.Choice.Used;
        long? outputs = hasOwnHead ? PeftAdapter.ReadHeadOutputs(folder, model.Module.FinalLayerName) : null;
        LearningTask? own = outputs is { } count ? PeftAdapter.ReadTask(folder, before, count) : null;
        IReadOnlyList<string>? names = hasOwnHead ? null : PeftAdapter.ReadClassNames(folder, before);
        Add(model, options, name, 0, outputs);
        try
        {
            PeftAdapter.Load(folder, model.Module, adapters.Used!);
        }
        catch
        {
            model.RemoveAdapter(name).UseAdapter(used);
            throw;
        }

        if (own is not null)
        {
            model.Tasks.Set(name, own);
        }

        if (names is not null)
        {
            model.SetClassNames(names);
        }

        model.LearningTask = model.LearningTask is Classification classes
            ? classes with { Scaling = PeftAdapter.ReadScaling(folder) }
            : model.LearningTask;
        model.HasUntrainedHead = false;
        return model;
    }

    private static void Add(TransferModel model, AdapterOptions options, string name, long seed, long? outputs)
    {
        NetworkAdapters adapters = model.Adaptation.Adapters;
        adapters.Add(name, options, seed, outputs);
        model.Tasks.Set(name, adapters.Used!.HeadOutputs is null ? null : model.Tasks.OfModel);
        model.Freeze(model.FreezesStatistics);
        if (model is TextModel { Module.MaximumLength: { } most } texts && texts.MaximumLength > most)
        {
            texts.WithMaximumLength(most, texts.RefusesLonger);
        }
    }
}
