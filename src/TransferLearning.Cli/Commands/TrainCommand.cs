using System.CommandLine;

namespace TransferLearning.Cli;

/// <summary>Fine-tunes a network.</summary>
internal sealed class TrainCommand : TrainingCommand
{
    private readonly Option<int?> _epochs = new("--epochs", "-e")
    {
        Description = "How often every sample is seen. Default: 10 for images, 3 for texts and sounds.",
    };

    private readonly Option<int> _batchSize = new("--batch-size", "-b")
    {
        Description = "How many samples make one step.",
        DefaultValueFactory = _ => 32,
    };

    private readonly Option<string?> _optimizer = new("--optimizer")
    {
        Description = "Default: sgd for images, adamw for texts and sounds.",
    };
    private readonly Option<double?> _rate = new("--rate", "-r")
    {
        Description = "The learning rate. Default: 0.01 for sgd, 0.001 for the others on images, 0.00005 on texts and sounds.",
    };

    private readonly Option<double?> _decay = new("--weight-decay") { Description = "Default: 0.0005 for sgd, 0.01 for adamw, else 0." };
    private readonly Option<string?> _schedule = new("--schedule")
    {
        Description = "How the rate moves. Default: cosine for images, warmup for texts and sounds, and what a recipe brings.",
    };

    private readonly Option<string?> _recipe = new("--recipe")
    {
        Description = "Which weights move when: full, lp-ft (head first), fastai, gradual, ulmfit, head. Default: all from the first step.",
    };

    private readonly Option<bool> _freeze = new("--freeze-backbone") { Description = "Train nothing but the new head." };
    private readonly Option<string?> _unfreezeFrom = new("--unfreeze-from")
    {
        Description = "Train a stage and all after it, such as layer4; what is before stays frozen.",
    };

    private readonly Option<double?> _layerDecay = new("--layer-decay")
    {
        Description = "The factor from each stage's learning rate to the one before it, such as 0.8.",
    };

    private readonly Option<int?> _lora = new("--lora") { Description = "Train low-rank weights of this rank beside a frozen network." };
    private readonly Option<double?> _smoothing = new("--label-smoothing") { Description = "From 0 to 1, such as 0.1." };
    private readonly Option<string?> _augment = new("--augment")
    {
        Description = "More augmentation of images than crops and mirroring: trivial, rand, auto.",
    };

    private readonly Option<int?> _patience = new("--patience") { Description = "Stop after so many epochs without a better one." };
    private readonly Option<TimeSpan?> _timeLimit = new("--time-limit")
    {
        Description = "How long the run may take, such as 90s, 10m, 2h; epochs are planned by it.",
        CustomParser = Values.Duration,
    };

    private readonly Option<long?> _memory = new("--memory")
    {
        Description = "How much memory a step may take, such as 4GB; batches are divided by it.",
        CustomParser = Values.Size,
    };

    private readonly Option<Precision?> _precision = new("--precision")
    {
        Description = "In what the network multiplies: float32 or bfloat16.",
    };
    private readonly Option<string?> _resume = new("--resume")
    {
        Description = "A folder: the running state is kept there, and a run that was interrupted resumes from it, bit for bit. Or a "
            + "checkpoint that PyTorch saved.",
    };

    public TrainCommand()
        : base(
            "train",
            "Fine-tune a network on samples of your own, keep the best epoch, and save the model. Ctrl-C ends it and keeps the best so "
                + "far. Example: tl train images --model resnet18 --epochs 10 --out bees.tl")
    {
        Settings.Add(_epochs);
        Settings.Add(_batchSize);
        Settings.Add(_optimizer).AcceptOnlyFromAmong("sgd", "adam", "adamw", "rmsprop", "adagrad");
        Settings.Add(_rate);
        Settings.Add(_decay);
        Settings.Add(_schedule).AcceptOnlyFromAmong("constant", "cosine", "one-cycle", "warmup");
        Settings.Add(_recipe).AcceptOnlyFromAmong("full", "lp-ft", "fastai", "gradual", "ulmfit", "head");
        Settings.Add(_freeze);
        Settings.Add(_unfreezeFrom);
        Settings.Add(_layerDecay);
        Settings.Add(_lora);
        Settings.Add(_smoothing);
        Settings.Add(_augment).AcceptOnlyFromAmong("trivial", "rand", "auto");
        Settings.Add(_patience);
        Settings.Add(_timeLimit);
        Settings.Add(_memory);
        Settings.Add(_precision);
        Settings.Add(_resume);
    }

    private protected override Trained Train(
        ParseResult line, Terminal terminal, TrainingWork work, Dictionary<string, object> values, CancellationToken cancellationToken)
    {
        bool isImages = work.Model is ImageModel;
        string optimizerName = line.GetValue(_optimizer) ?? (isImages ? "sgd" : "adamw");
        double rate = line.GetValue(_rate) ?? (!isImages ? 5e-5 : optimizerName == "sgd" ? 0.01 : 1e-3);
        double decay = line.GetValue(_decay) ?? optimizerName switch
        {
            "sgd" => 5e-4,
            "adamw" => 0.01,
            _ => 0,
        };
        int epochs = line.GetValue(_epochs) ?? (isImages ? 10 : 3);
        string? recipe = line.GetValue(_recipe);
        string schedule = line.GetValue(_schedule) ?? (recipe is "fastai" or "ulmfit" ? "constant" : isImages ? "cosine" : "warmup");
        foreach ((string name, object value) in (ReadOnlySpan<(string, object)>)
            [("optimizer", optimizerName), ("rate", rate), ("weight-decay", decay), ("epochs", epochs), ("schedule", schedule)])
        {
            values[name] = value;
        }

        Optimizer optimizer = optimizerName switch
        {
            "sgd" => new Sgd(rate, momentum: 0.9, weightDecay: decay),
            "adam" => new Adam(rate, weightDecay: decay),
            "adamw" => new AdamW(rate, weightDecay: decay),
            "rmsprop" => new RmsProp(rate, weightDecay: decay),
            _ => new Adagrad(rate, weightDecay: decay),
        };
        Shape(line, work.Model, work.Seed);
        int batchSize = line.GetValue(_batchSize);
        int steps = Math.Max(epochs * ((work.Training.Count + batchSize - 1) / batchSize), 1);
        FineTuneOptions options = new()
        {
            Epochs = epochs,
            BatchSize = batchSize,
            Seed = work.Seed,
            Validation = work.Validation,
            Schedule = schedule switch
            {
                "constant" => new ConstantSchedule(),
                "cosine" => new CosineSchedule(),
                "one-cycle" => new OneCycleSchedule(),
                _ => new WarmupSchedule(new PolynomialSchedule(), Math.Max(steps / 10, 1)),
            },
            Recipe = recipe switch
            {
                "full" => new FullFineTuningRecipe(),
                "lp-ft" => new LpFtRecipe(),
                "fastai" => new FastAiRecipe(),
                "gradual" => new GradualUnfreezingRecipe(),
                "ulmfit" => GradualUnfreezingRecipe.Ulmfit,
                "head" => new FeatureExtractionRecipe(),
                _ => null,
            },
            Augmentation = line.GetValue(_augment) switch
            {
                "trivial" => [new TrivialAugmentWide()],
                "rand" => [new RandAugment()],
                "auto" => [new AutoAugment()],
                _ => [],
            },
            Loss = line.GetValue(_smoothing) is { } smoothing ? new CrossEntropyLoss(labelSmoothing: smoothing) : null,
            Clipping = isImages ? null : new ClipByNorm(1),
            Patience = line.GetValue(_patience),
            TimeLimit = line.GetValue(_timeLimit),
            MaxMemory = line.GetValue(_memory),
            Precision = line.GetValue(_precision) ?? Precision.Float32,
            Logger = terminal.Log,
        };
        using ShownTraining shown = terminal.Training();
        TrainingHistory history = work.Model.FineTune(
            work.Training, optimizer, options, line.GetValue(_resume), shown, cancellationToken);
        string last = history.ToString().Split('\n')[^1];
        return new Trained(
            history.Plan is null ? last : $"{history.Plan}\n{last}",
            new
            {
                Epochs = history.Epochs.Select(ShownTraining.Document),
                history.StopReason,
                history.BestEpoch,
                history.TrainedParameters,
                history.Steps,
                history.Seconds,
                Plan = history.Plan?.ToString(),
            },
            history.StopReason == StopReason.Cancelled);
    }

    private void Shape(ParseResult line, TransferModel model, long seed)
    {
        if (line.GetValue(_lora) is { } rank)
        {
            model.WithLora(rank, seed: seed);
        }

        if (line.GetValue(_freeze))
        {
            model.FreezeBackbone();
        }

        if (line.GetValue(_unfreezeFrom) is { } stage)
        {
            model.UnfreezeFrom(stage);
        }

        if (line.GetValue(_layerDecay) is { } factor)
        {
            model.WithLayerDecay(factor);
        }
    }
}
