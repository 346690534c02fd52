using System.Diagnostics;

namespace TransferLearning;

/// <summary>Finds which memory layout trains a network faster on this machine: steps with each, on noise of the run's own shape, after
/// which everything is as it was. <see cref="MeasuredForms"/> remembers it.</summary>
internal sealed class LayoutTrial
{
    private const string Plain = "plain", Last = "channels last";

    // Channels last must gain something for being a little less exact.
    private const double Gain = 0.95;

    // Nearer to each other than this after one step, they are timed again.
    private const double Doubt = 0.85;

    private readonly Network _network;
    private readonly FrozenPart? _before;
    private readonly Device _device;
    private readonly FineTuneOptions _options;
    private readonly bool _freezesStatistics;

    /// <param name="model">What is trained.</param>
    /// <param name="before">What runs before the trained part without gradients, or null.</param>
    /// <param name="options">How it is trained.</param>
    public LayoutTrial(ModelParts model, FrozenPart? before, FineTuneOptions options)
        => (_network, _before, _device, _options, _freezesStatistics)
            = (model.Network, before, model.Device, options, model.FreezesStatistics);

    /// <summary>Whether there is something to choose: several convolutions that oneDNN runs, of images of one shape.</summary>
    private bool HasChoice(Preprocessor preprocessor)
        => !_device.IsCuda && LibTorch.OneDnnIsOn && preprocessor is StackedPreprocessor { Shape.Count: 3 }
            && _network.parameters().Count(parameter => parameter.dim() == 4) > 1;

    /// <summary>Whether channels last is faster.</summary>
    /// <param name="preprocessor">Says the shape of the examples.</param>
    /// <param name="samples">How many there are.</param>
    /// <param name="forms">Where it is remembered.</param>
    /// <param name="logger">Receives what was chosen and why.</param>
    public bool PrefersChannelsLast(Preprocessor preprocessor, int samples, MeasuredForms forms, ILogger logger)
    {
        if (!forms.IsOn || !HasChoice(preprocessor))
        {
            return false;
        }

        StackedPreprocessor stacked = (StackedPreprocessor)preprocessor;
        long[] shape = [Math.Min(_options.BatchSize, samples), .. stacked.Shape];
        long trained = _network.parameters().Where(parameter => parameter.requires_grad).Sum(parameter => parameter.numel());
        string key = NetworkWork.Key(
            _network, $"training of {trained} in {_options.Precision}{(_options.GradientCheckpointing ? ", computed twice," : "")}", shape);
        if (forms.Find(key, [Plain, Last], logger) is { } known)
        {
            InferenceLog.Chosen(
                logger, _network.GetName(), known, "training", "which was the fastest when it was measured on this machine");
            return known == Last;
        }

        using DisposeScope scope = NewDisposeScope();
        using torch.Generator draws = new(0);
        using ModelInput input = stacked.ToInput(randn(shape, generator: draws));
        if (input is not ImageInput images)
        {
            return false;
        }

        string form;
        string why;
        using (WeightSnapshot buffers = WeightSnapshot.OfBuffers(_network))
        using (Tensor generator = get_rng_state().DetachFromDisposeScope())
        {
            try
            {
                (form, why) = Measure(images.Values);
            }
            catch (Exception exception) when (TrainingFault.IsOutOfMemory(exception))
            {
                return false; // the run will say what fits
            }
            finally
            {
                ForgetGradients();
                buffers.Restore();
                set_rng_state(generator);
                _network.eval();
            }
        }

        forms.Keep(key, form, logger);
        InferenceLog.Chosen(logger, _network.GetName(), form, "training", why);
        return form == Last;
    }

    private (string Form, string Why) Measure(Tensor images)
    {
        if (Difference(images) is var difference && !(difference <= Tolerance))
        {
            return (Plain, $"because with the channels last its results differ by {difference:g3} of their norm");
        }

        TrainingMode.Enter(_network, _freezesStatistics);
        Seconds(images, false);
        Seconds(images, true);
        double plain = Seconds(images, false), last = Seconds(images, true);
        if (last > Doubt * plain && Doubt * last < plain)
        {
            last = Math.Min(last, Seconds(images, true));
            plain = Math.Min(plain, Seconds(images, false));
        }

        string times = string.Create(
            CultureInfo.InvariantCulture,
            $"a step of {images.size(0)} took {1000 * plain:F1} ms in the plain layout and {1000 * last:F1} ms with the channels last");
        return (last < Gain * plain ? Last : Plain, times);
    }

    private double Tolerance => _options.Precision == Precision.BFloat16 ? OptimizedInference.BFloat16Tolerance : 1e-3;

    // In evaluation: there nothing is drawn.
    private double Difference(Tensor images)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        _network.eval();
        Tensor some = images.narrow(0, 0, Math.Min(images.size(0), 2));
        Tensor plain = Forward(some, false);
        return OptimizedInference.Difference(plain, Forward(some, true));
    }

    private double Seconds(Tensor images, bool isLast)
    {
        using DisposeScope scope = NewDisposeScope();
        ForgetGradients();
        Tensor entering = images;
        if (_before?.Stage is not null)
        {
            using IDisposable guard = no_grad();
            using ImageInput input = new(images.to(_device.ToTorch()));
            entering = _before.Forward(input);
        }

        long start = Stopwatch.GetTimestamp();
        using (TrainingPass pass = new(1, _options.GradientCheckpointing))
        {
            pass.Backward(Forward(entering, isLast).sum());
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private Tensor Forward(Tensor entering, bool isLast)
    {
        using Autocast? mixed = _options.Precision == Precision.BFloat16 ? new Autocast(_device.Type) : null;
        Tensor laid = isLast ? MemoryLayout.WithChannelsLast(entering) : entering.alias();
        Tensor outputs;
        if (_before?.Stage is { } stage && _network.training)
        {
            outputs = _network.EnterHead(_network.ForwardFrom(stage, laid));
        }
        else
        {
            using ImageInput input = new(laid);
            outputs = _network.ForwardTraining(input).Outputs;
        }

        return outputs.to(ScalarType.Float32);
    }

    private void ForgetGradients()
    {
        foreach (Parameter parameter in _network.parameters())
        {
            parameter.grad = null;
        }
    }
}
