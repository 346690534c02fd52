namespace TransferLearning;

/// <summary>The verbs that mix the weights of models.</summary>
public static class InterpolationExtensions
{
    private static readonly double[] Tenths = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

    /// <summary>
    /// Gives the model the weights (1 − alpha) · earlier + alpha · its own: WiSE-FT, which keeps what a pretrained model knew of other data
    /// than it was fine-tuned on (Wortsman et al., "Robust Fine-Tuning of Zero-Shot Models", 2022). A calibration is taken off.
    /// </summary>
    /// <param name="model">The fine-tuned model.</param>
    /// <param name="earlier">The same network with the same head before: zero-shot, or after <c>Probe</c>. It stays as it is.</param>
    /// <param name="alpha">The share of the model's own weights, from 0 to 1.</param>
    /// <remarks>Batch norms' statistics are mixed like weights; <c>AdaptBatchNorms</c> on the training samples takes them anew.</remarks>
    /// <exception cref="ArgumentException">The networks or classes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Alpha is out of its range.</exception>
    public static T InterpolateWith<T>(this T model, TransferModel earlier, double alpha)
        where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(earlier);
        ValidNumber.Fraction(alpha, nameof(alpha));
        SameNetworks.Require(model, earlier, "The earlier model");
        using IDisposable use = model.Use(), other = earlier.Use();
        Mix(earlier.Module.State(), model.Module.State(), model.Module.State(), alpha);
        return model.WithScaling(null);
    }

    /// <summary>Evaluates the models between an earlier one and this one, which stays as it is, to choose alpha for
    /// <see cref="InterpolateWith"/>.</summary>
    /// <param name="model">The fine-tuned model.</param>
    /// <param name="earlier">The same network with the same head before; it stays as it is.</param>
    /// <param name="validation">Samples that neither was trained on.</param>
    /// <param name="alphas">The shares of the model's own weights, each from 0 to 1; null means 0, 0.1, … 1.</param>
    /// <param name="options">How it is evaluated; null means the defaults.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/> and the model as it was.</param>
    /// <exception cref="ArgumentException">The networks or classes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An alpha is out of its range.</exception>
    public static InterpolationCurve InterpolationCurve(
        this TransferModel model, TransferModel earlier, Dataset validation, IReadOnlyList<double>? alphas = null,
        EvaluateOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(earlier);
        ArgumentNullException.ThrowIfNull(validation);
        alphas ??= Tenths;
        foreach (double alpha in alphas)
        {
            ValidNumber.Fraction(alpha, nameof(alphas));
        }

        if (alphas.Count == 0)
        {
            throw new ArgumentException("There is no alpha to evaluate.", nameof(alphas));
        }

        SameNetworks.Require(model, earlier, "The earlier model");
        using IDisposable use = model.Use(), other = earlier.Use();
        IReadOnlyList<KeyValuePair<string, Tensor>> state = model.Module.State();
        Dictionary<string, Tensor> own = state.ToDictionary(entry => entry.Key, entry => WeightSnapshot.Copy(entry.Value));
        LearningTask task = model.LearningTask;
        try
        {
            model.WithScaling(null);
            List<InterpolationPoint> points = [];
            foreach (double alpha in alphas)
            {
                Mix(earlier.Module.State(), own, state, alpha);
                points.Add(new InterpolationPoint(alpha, model.Evaluate(validation, options, null, cancellationToken)));
            }

            return new InterpolationCurve(points);
        }
        finally
        {
            Mix(state, own, state, 1);
            model.LearningTask = task;
            foreach (Tensor copy in own.Values)
            {
                copy.Dispose();
            }
        }
    }

    private static void Mix(
        IEnumerable<KeyValuePair<string, Tensor>> first, IEnumerable<KeyValuePair<string, Tensor>> second,
        IEnumerable<KeyValuePair<string, Tensor>> target, double alpha)
    {
        using IDisposable guard = no_grad();
        Dictionary<string, Tensor> own = second.ToDictionary(entry => entry.Key, entry => entry.Value);
        foreach (((string name, Tensor earlier), (_, Tensor written)) in first.Zip(target))
        {
            if (!written.is_floating_point())
            {
                continue; // counts of batches
            }

            using Tensor there = earlier.to(written.device);
            using Tensor mixed = WeightMean.Between(there, own[name], alpha);
            written.copy_(mixed);
        }
    }
}
