using System.Diagnostics;

namespace TransferLearning;

/// <summary>Finds in which form a network trains faster on this machine, of those that the options leave open: memory layouts, and float32
/// where bfloat16 is allowed. Steps with each are timed, after which everything is as it was. <see cref="MeasuredForms"/> remembers
/// it.</summary>
internal sealed class TrainingFormTrial
{
    // A form that is less exact must gain something.
    private const double Gain = 0.95;

    // Nearer to the fastest than this after one step, forms are timed again: what else the machine does only adds to the least of them.
    private const double Doubt = 0.7;
    private const int Rounds = 3;

    // Short steps are timed for a while whatever the first ones say: while a program starts, one in four takes half as long again.
    private const double ShortTrial = 2;
    private const int MostRounds = 12;

    private readonly Network _network;
    private readonly FrozenPart? _before;
    private readonly Device _device;
    private readonly FineTuneOptions _options;
    private readonly bool _freezesStatistics;

    /// <param name="model">What is trained.</param>
    /// <param name="before">What runs before the trained part without gradients, or null.</param>
    /// <param name="options">How it is trained.</param>
    public TrainingFormTrial(ModelParts model, FrozenPart? before, FineTuneOptions options)
        => (_network, _before, _device, _options, _freezesStatistics)
            = (model.Network, before, model.Device, options, model.FreezesStatistics);

    // What is taken without measuring.
    private TrainingForm Usual => new(_options.ChannelsLast ?? false, _options.Precision);

    /// <summary>The form that is the fastest.</summary>
    /// <param name="preprocessor">Says the shape of the examples.</param>
    /// <param name="samples">How many there are.</param>
    /// <param name="first">Reads the first batch, which is disposed here; used where examples have no shape in common. Null where there
    /// is none.</param>
    /// <param name="forms">Where it is remembered.</param>
    /// <param name="logger">Receives what was chosen and why.</param>
    public TrainingForm Fastest(
        Preprocessor preprocessor, int samples, Func<Batch?> first, MeasuredForms forms, ILogger logger)
    {
        int count = Math.Min(_options.BatchSize, samples);
        TrainingForm[] candidates = forms.IsOn && !_device.IsCuda && LibTorch.OneDnnIsOn ? Candidates(preprocessor, count) : [Usual];
        if (candidates.Length == 1)
        {
            return Usual;
        }

        long[] shape = [count, .. (preprocessor as StackedPreprocessor)?.Shape ?? []];
        long trained = _network.parameters().Where(parameter => parameter.requires_grad).Sum(parameter => parameter.numel());
        string open = string.Join(" or ", candidates.Select(form => form.Name));
        string key = NetworkWork.Key(
            _network, $"training of {trained} as {open}{(_options.GradientCheckpointing ? ", computed twice," : "")}", shape);
        if (forms.Find(key, candidates.Select(form => form.Name), logger) is { } known)
        {
            InferenceLog.Remembered(logger, _network.GetName(), known, "training");
            return candidates.Single(form => form.Name == known);
        }

        using DisposeScope scope = NewDisposeScope();
        using TrialInput trial = new(preprocessor, count, first);
        if (trial.Examples is not { } examples)
        {
            return Usual;
        }

        using ModelInput input = examples.To(_device);
        TrainingForm form;
        string why;
        using (WeightSnapshot buffers = WeightSnapshot.OfBuffers(_network))
        using (Tensor generator = get_rng_state().DetachFromDisposeScope())
        {
            try
            {
                (form, why) = Measure(candidates, input);
            }
            catch (Exception exception) when (TrainingFault.IsOutOfMemory(exception))
            {
                return Usual; // the run will say what fits
            }
            finally
            {
                ForgetGradients();
                buffers.Restore();
                set_rng_state(generator);
                _network.eval();
            }
        }

        forms.Keep(key, form.Name, logger);
        InferenceLog.Chosen(logger, _network.GetName(), form.Name, "training", why);
        return form;
    }

    // The most exact first.
    private TrainingForm[] Candidates(Preprocessor preprocessor, int count)
    {
        bool[] layouts = _options.ChannelsLast is { } wanted ? [wanted]
            : preprocessor is StackedPreprocessor { Shape.Count: 3 } && _network.parameters().Count(parameter => parameter.dim() == 4) > 1
                ? [false, true] : [false];
        bool hasChoice = OptimizedInference.PrecisionOn(_device, _options.Precision) == Precision.BFloat16
            && count >= NetworkWork.FewestMeasured(_network);
        Precision[] precisions = hasChoice ? [Precision.Float32, Precision.BFloat16] : [_options.Precision];
        return [.. precisions.SelectMany(precision => layouts.Select(isLast => new TrainingForm(isLast, precision)))];
    }

    private (TrainingForm Form, string Why) Measure(TrainingForm[] candidates, ModelInput input)
    {
        List<string> notes = [];
        if (_options.ChannelsLast is null && input is ImageInput images)
        {
            candidates = [.. candidates.Where(form => !form.IsChannelsLast || Agrees(form, images))];
        }

        TrainingMode.Enter(_network, _freezesStatistics);
        foreach (TrainingForm form in candidates)
        {
            Seconds(input, form);
        }

        long start = Stopwatch.GetTimestamp();
        double[] seconds = [.. candidates.Select(form => Seconds(input, form))];
        for (int round = 1; ; round++)
        {
            bool isShort = round < MostRounds && Stopwatch.GetElapsedTime(start).TotalSeconds < ShortTrial;
            if (!isShort && (round >= Rounds || seconds.Count(IsOpen) <= 1))
            {
                break;
            }

            for (int i = 0; i < seconds.Length; i++)
            {
                seconds[i] = isShort || IsOpen(seconds[i]) ? Math.Min(seconds[i], Seconds(input, candidates[i])) : seconds[i];
            }
        }

        int chosen = 0;
        for (int i = 1; i < seconds.Length; i++)
        {
            chosen = seconds[i] < Gain * seconds[chosen] ? i : chosen;
        }

        string times = string.Join(", ", candidates.Zip(
            seconds, (form, taken) => FormClock.Said(form.Name, taken)));
        return (candidates[chosen], string.Join("; ", notes.Append($"a step of {input.Count} took {times}")));

        bool IsOpen(double taken) => Doubt * taken < seconds.Min();

        bool Agrees(TrainingForm form, ImageInput some)
        {
            double difference = DifferenceOfLayouts(some, form.Precision);
            if (difference <= (form.Precision == Precision.BFloat16 ? OptimizedInference.BFloat16Tolerance : 1e-3))
            {
                return true;
            }

            notes.Add($"as {form.Name} its results differ by {difference:g3} of their norm");
            return false;
        }
    }

    // In evaluation: there nothing is drawn.
    private double DifferenceOfLayouts(ImageInput images, Precision precision)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        _network.eval();
        using ModelInput some = images.Narrow(Math.Min(images.Count, 2));
        return OptimizedInference.Difference(Forward(some, null, new(false, precision)), Forward(some, null, new(true, precision)));
    }

    private double Seconds(ModelInput input, TrainingForm form)
    {
        using DisposeScope scope = NewDisposeScope();
        ForgetGradients();
        Tensor? entering = null;
        if (_before?.Stage is not null)
        {
            using IDisposable guard = no_grad();
            entering = _before.Forward(input);
        }

        long start = Stopwatch.GetTimestamp();
        using (TrainingPass pass = new(1, _options.GradientCheckpointing))
        {
            pass.Backward(Forward(input, entering, form).sum());
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private Tensor Forward(ModelInput input, Tensor? entering, TrainingForm form)
    {
        using Autocast? mixed = form.Precision == Precision.BFloat16 ? new Autocast(_device.Type) : null;
        Tensor outputs;
        if (entering is not null)
        {
            outputs = _network.EnterHead(_network.ForwardFrom(_before!.Stage!, Laid(entering), input));
        }
        else
        {
            using ModelInput laid = input is ImageInput images ? new ImageInput(Laid(images.Values)) : input.To(_device);
            outputs = _network.ForwardTraining(laid).Outputs;
        }

        return outputs.to(ScalarType.Float32);

        Tensor Laid(Tensor values) => form.IsChannelsLast ? MemoryLayout.WithChannelsLast(values) : values.alias();
    }

    private void ForgetGradients()
    {
        foreach (Parameter parameter in _network.parameters())
        {
            parameter.grad = null;
        }
    }
}
