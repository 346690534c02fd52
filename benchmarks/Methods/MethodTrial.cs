namespace TransferLearning.Benchmarks;

/// <summary>One task and one seed: what a method makes a trained model of.</summary>
internal sealed record MethodTrial(MethodTask Task, MethodSamples Samples, string Data, long Seed)
{
    /// <summary>The epochs of a head alone, which cost next to nothing on cached features.</summary>
    public const int HeadEpochs = 30;

    /// <summary>The recipe that methods share: AdamW on one cycle, images shifted and mirrored.</summary>
    public FineTuneOptions Options => Of(Task.Epochs) with { Preprocessor = Varied() };

    /// <summary>The recipe for a head on a frozen backbone: samples as in evaluation, so that features are computed once.</summary>
    public FineTuneOptions HeadOptions => Of(HeadEpochs);

    /// <summary>The pretrained network with a new head.</summary>
    public TransferModel Fresh() => Task.Load(Data, Seed).ReplaceHead(Samples.Train.ClassNames, seed: Seed);

    /// <summary>Fine-tunes what is not frozen by the shared recipe.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rate">What the task's learning rate is multiplied by.</param>
    /// <param name="change">What is changed of the recipe.</param>
    /// <param name="train">The samples; null means the task's.</param>
    /// <param name="decays">Whether weights decay.</param>
    public TransferModel Tune(
        TransferModel model, double rate = 1, Func<FineTuneOptions, FineTuneOptions>? change = null, Dataset? train = null,
        bool decays = true)
    {
        AdamW optimizer = decays ? new AdamW(Task.Rate * rate) : new AdamW(Task.Rate * rate, weightDecay: 0);
        model.FineTune(train ?? Samples.Train, optimizer, (change ?? (options => options))(Options));
        return model;
    }

    /// <summary>Fine-tunes all weights while something else joins the run.</summary>
    public TransferModel TuneWith(params TrainingMethod[] methods)
        => Tune(Fresh(), change: options => options with { Methods = methods });

    /// <summary>Fine-tunes by a recipe.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="rate">What the task's learning rate is multiplied by.</param>
    /// <param name="epochs">How many epochs; null means the task's.</param>
    /// <param name="hasSchedule">Whether the recipe says how the rate moves.</param>
    public TransferModel TuneBy(Recipe recipe, double rate = 1, int? epochs = null, bool hasSchedule = false)
        => Tune(Fresh(), rate, options => options with
        {
            Recipe = recipe,
            Epochs = epochs ?? options.Epochs,
            Schedule = hasSchedule ? new FineTuneOptions().Schedule : options.Schedule,
        });

    /// <summary>Trains a new head and an adapter, nothing else.</summary>
    /// <param name="adapter">The adapter.</param>
    /// <param name="rate">What the task's learning rate is multiplied by.</param>
    /// <param name="longer">What the task's epochs are multiplied by.</param>
    /// <param name="besides">Which weights of the backbone are trained with it.</param>
    /// <param name="part">A part of the network that is trained with it; empty for none.</param>
    public TransferModel TuneAdapter(
        AdapterOptions adapter, double rate, int longer = 1, TrainedWeights besides = TrainedWeights.None, string part = "")
    {
        TransferModel model = Fresh().WithAdapter(adapter, seed: Seed);
        if (besides != TrainedWeights.None)
        {
            model.TrainOnly(besides);
        }

        foreach ((string name, TorchSharp.Modules.Parameter parameter) in model.Module.named_parameters())
        {
            parameter.requires_grad |= part.Length > 0 && name.Contains(part, StringComparison.Ordinal);
        }

        return Tune(model, rate, options => options with { Epochs = longer * options.Epochs });
    }

    /// <summary>Trains the head alone on cached features.</summary>
    /// <param name="model">The model.</param>
    /// <param name="change">What is changed of the recipe.</param>
    public TransferModel Probe(TransferModel model, Func<FineTuneOptions, FineTuneOptions>? change = null)
    {
        model.Probe(Samples.Train, new AdamW(Task.HeadRate), (change ?? (options => options))(HeadOptions));
        return model;
    }

    /// <summary>The pipeline of training images with more steps before its own; null for texts.</summary>
    public Preprocessor? Varied(params ImageTransform[] before)
    {
        if (Task.Augmentation is not { } own)
        {
            return null;
        }

        using ImageModel model = (ImageModel)Task.Load(Data, Seed);
        ImagePreprocess form = model.Preprocess;
        return new ImagePipeline([.. before, .. own], form.Crop, form.Crop, form.Mean, form.Std);
    }

    /// <summary>How many samples each class has.</summary>
    public int[] Counts()
    {
        Dataset train = Samples.Train;
        ILookup<int, int> labels = Enumerable.Range(0, train.Count).ToLookup(train.LabelOf);
        return [.. Enumerable.Range(0, train.ClassNames.Count).Select(label => labels[label].Count())];
    }

    private FineTuneOptions Of(int epochs) => new()
    {
        Epochs = epochs,
        BatchSize = 16,
        Seed = Seed,
        Schedule = new OneCycleSchedule(),
        Clipping = Task.HasImages ? null : new ClipByNorm(1),
        Workers = 1,
    };
}
