namespace TransferLearning;

/// <summary>The verbs that choose in which number type a model predicts.</summary>
public static class PrecisionExtensions
{
    /// <summary>
    /// Lets the model predict in another number type, also after it was saved and loaded: in <see cref="Precision.Int8"/> the backbone
    /// multiplies whole numbers of 8 bits where the CPU has VNNI, in <see cref="Precision.BFloat16"/> those of 16 bits. The first
    /// batch is compared with float32; where results are too far off, or the CPU does not serve it, float32 is used. <c>Predict</c>
    /// and its kin do so; training, <c>Evaluate</c> and <c>Score</c> have options of their own.
    /// <para>A model that writes, texts or what is heard, reads its weights once for each token, and these are then copied in 16 or 8 bits
    /// and read from there; what they multiply stays float32, and so do more than 12 rows at once, such as a prompt's. It takes a half or a
    /// quarter of the weights' memory more, and needs an x64 CPU with AVX2; where it is not measured to be faster, or a product is too far
    /// off, float32 is used.</para>
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="precision">The number type.</param>
    /// <param name="logger">Receives in which form the model predicts, and why; null for nobody.</param>
    /// <remarks>Whoever changes weights by <see cref="TransferModel.Module"/> calls it again afterwards.</remarks>
    /// <exception cref="ArgumentException">The model's task is done in float32 alone.</exception>
    public static T WithPrecision<T>(this T model, Precision precision, ILogger? logger = null)
        where T : TransferModel
    {
        ArgumentNullException.ThrowIfNull(model);
        using IDisposable use = model.Use();
        bool isServed = precision == Precision.Float32
            || Writes(model) || model.LearningTask is Classification or MultiLabelClassification or Regression or TokenClassification;
        model.Uses.Precision = isServed
            ? precision
            : throw new ArgumentException(
                $"{model.Architecture} is for {model.LearningTask.Name}, which is done in float32; only classes and numbers are predicted, "
                    + "and texts written, in another number type.",
                nameof(precision));
        model.Uses.Logger = logger;
        return model;
    }

    /// <summary>The number type that <see cref="WithPrecision"/> chose.</summary>
    /// <param name="model">The model.</param>
    public static Precision PredictionPrecision(this TransferModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Uses.Precision;
    }

    /// <summary>Runs samples in float32 and in another number type, and says how far the outputs are apart.</summary>
    /// <param name="model">The model; it stays as it is.</param>
    /// <param name="samples">The samples, whose labels play no part.</param>
    /// <param name="precision">The number type.</param>
    /// <param name="batchSize">How many samples go through the network at once, as they will in use.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">There is no sample, or the model writes.</exception>
    /// <exception cref="SampleLoadException">A sample could not be read; the message names it.</exception>
    public static PrecisionReport MeasurePrecision(
        this TransferModel model, Dataset samples, Precision precision, int batchSize = 32, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(samples);
        using IDisposable use = model.Use();
        model.RequireTrainedHead();
        if (Writes(model))
        {
            throw new ArgumentException(
                $"{model.Architecture} writes, and what it writes in {precision} is compared token by token: let it write with and without "
                    + $"{nameof(WithPrecision)}, and compare the texts and their {nameof(GeneratedText.LogProbability)}.",
                nameof(model));
        }

        LoaderOptions reading = LoaderOptions.Reading(batchSize, null, BadSampleHandling.Throw);
        BatchLoader loader = new(samples, model.Preprocessor.Fresh(), reading, new FeatureExtraction());
        ForwardPass plain = new(model.Module, model.Device);
        using InferencePass form = new(model.Module, model.Device, precision);
        using IDisposable guard = no_grad();
        (double largest, int same, int count, double slow, double fast) = (0, 0, 0, 0, 0);
        foreach (Batch batch in loader.Epoch(0, 0, cancellationToken))
        {
            using (batch)
            using (DisposeScope scope = NewDisposeScope())
            {
                (Tensor exact, double exactTime) = FormClock.Timed(() => plain.Run(batch.Input).Outputs.cpu());
                (Tensor other, double otherTime) = FormClock.Timed(() => form.Pass.Run(batch.Input).Outputs.cpu());
                (slow, fast) = count == 0 ? (slow, fast) : (slow + exactTime, fast + otherTime); // the first makes the form
                largest = Math.Max(largest, OptimizedInference.Difference(exact, other));
                same += (int)exact.argmax(-1).eq(other.argmax(-1)).sum().item<long>();
                count += batch.Count;
            }
        }

        return count == 0
            ? throw new ArgumentException($"There is no sample in {samples}.", nameof(samples))
            : new PrecisionReport(
                form.Served,
                largest,
                model.LearningTask is Classification ? same / (double)count : null,
                count,
                fast,
                slow);
    }

    private static bool Writes(TransferModel model) => model.LearningTask is CausalLanguageModeling or SequenceToSequence;
}
