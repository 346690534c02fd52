namespace TransferLearning;

/// <summary>Why a model predicts what it does.</summary>
/// <remarks>
/// Explaining changes nothing of the model: weights, gradients, what is frozen and the mode stay, and several threads may explain and
/// predict at once. It works with frozen backbones and LoRA weights.
/// </remarks>
public static class ExplainExtensions
{
    /// <summary>Explains the prediction for an image, or by a model on spectrograms for a sound.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file.</param>
    /// <param name="method">How; null means <see cref="GradCam"/>.</param>
    /// <param name="target">The class to explain, by name or number; null means the predicted one.</param>
    /// <param name="progress">Receives the share that is done, for methods that run the network more than twice.</param>
    /// <param name="cancellationToken">Ends the work within a batch with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">There is no such class or stage, or an option is wrong.</exception>
    /// <exception cref="InvalidOperationException">The method makes no sense for the model, the head is untrained, or an output is
    /// NaN.</exception>
    /// <exception cref="MediaException">The image could not be read; the message names it.</exception>
    public static ImageAttribution Explain(
        this ImageModel model, string path, AttributionMethod? method = null, TargetClass? target = null,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return model.Explain(model.SampleOf(path), method, target, progress, cancellationToken);
    }

    /// <summary>Explains the prediction for a sample, such as <c>dataset.Read(0)</c>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sample">The sample; its own target plays no part.</param>
    /// <param name="method">How; null means <see cref="GradCam"/>.</param>
    /// <param name="target">The class to explain, by name or number; null means the predicted one.</param>
    /// <param name="progress">Receives the share that is done, for methods that run the network more than twice.</param>
    /// <param name="cancellationToken">Ends the work within a batch with an <see cref="OperationCanceledException"/>.</param>
    /// <inheritdoc cref="Explain(ImageModel, string, AttributionMethod?, TargetClass?, IProgress{double}?, CancellationToken)"
    /// path="/returns|/exception|/remarks"/>
    public static ImageAttribution Explain(
        this ImageModel model, Sample sample, AttributionMethod? method = null, TargetClass? target = null,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(sample);
        return ImageExplanation.Of(model, sample, method ?? new GradCam(), target, new ExplanationWork(progress, cancellationToken));
    }

    /// <summary>Explains the prediction for an image in memory.</summary>
    /// <param name="model">The model.</param>
    /// <param name="image">An <see cref="EncodedImage"/> (the bytes of a file) or a <see cref="RawImage"/> (pixels); of a model for sounds
    /// an <see cref="EncodedAudio"/> or a <see cref="RawAudio"/>.</param>
    /// <param name="method">How; null means <see cref="GradCam"/>.</param>
    /// <param name="target">The class to explain, by name or number; null means the predicted one.</param>
    /// <param name="progress">Receives the share that is done, for methods that run the network more than twice.</param>
    /// <param name="cancellationToken">Ends the work within a batch with an <see cref="OperationCanceledException"/>.</param>
    /// <inheritdoc cref="Explain(ImageModel, string, AttributionMethod?, TargetClass?, IProgress{double}?, CancellationToken)"
    /// path="/returns|/exception|/remarks"/>
    public static ImageAttribution Explain(
        this ImageModel model, SampleContent image, AttributionMethod? method = null, TargetClass? target = null,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return model.Explain(new Sample("image", image, NoTarget.Instance), method, target, progress, cancellationToken);
    }

    /// <summary>Explains the prediction for an image in memory.</summary>
    /// <param name="model">The model.</param>
    /// <param name="image">The image; it stays the caller's.</param>
    /// <param name="method">How; null means <see cref="GradCam"/>.</param>
    /// <param name="target">The class to explain, by name or number; null means the predicted one.</param>
    /// <param name="progress">Receives the share that is done, for methods that run the network more than twice.</param>
    /// <param name="cancellationToken">Ends the work within a batch with an <see cref="OperationCanceledException"/>.</param>
    /// <inheritdoc cref="Explain(ImageModel, string, AttributionMethod?, TargetClass?, IProgress{double}?, CancellationToken)"
    /// path="/returns|/exception|/remarks"/>
    public static ImageAttribution Explain(
        this ImageModel model, ImagePixels image, AttributionMethod? method = null, TargetClass? target = null,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        byte[] rgb = new byte[3 * image.Width * image.Height];
        ReadOnlySpan<byte> pixels = image.Bytes;
        for (int from = 0, to = 0; from < pixels.Length; from += ImagePixels.BytesPerPixel, to += 3)
        {
            pixels.Slice(from, 3).CopyTo(rgb.AsSpan(to));
        }

        return model.Explain(new RawImage(image.Width, image.Height, rgb), method, target, progress, cancellationToken);
    }

    /// <summary>Explains the prediction for a text.</summary>
    /// <param name="model">The model.</param>
    /// <param name="text">The text.</param>
    /// <param name="method">How; null means <see cref="IntegratedGradients"/>.</param>
    /// <param name="target">The class to explain, by name or number; null means the predicted one.</param>
    /// <param name="progress">Receives the share that is done, for methods that run the network more than twice.</param>
    /// <param name="cancellationToken">Ends the work within a batch with an <see cref="OperationCanceledException"/>.</param>
    /// <inheritdoc cref="Explain(ImageModel, string, AttributionMethod?, TargetClass?, IProgress{double}?, CancellationToken)"
    /// path="/returns|/exception|/remarks"/>
    public static TextAttribution Explain(
        this TextModel model, string text, AttributionMethod? method = null, TargetClass? target = null,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(text);
        return model.Explain(model.SampleOf(text), method, target, progress, cancellationToken);
    }

    /// <summary>Explains the prediction for a sample whose content is a text or a pair of texts.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sample">The sample; its own target plays no part.</param>
    /// <param name="method">How; null means <see cref="IntegratedGradients"/>.</param>
    /// <param name="target">The class to explain, by name or number; null means the predicted one.</param>
    /// <param name="progress">Receives the share that is done, for methods that run the network more than twice.</param>
    /// <param name="cancellationToken">Ends the work within a batch with an <see cref="OperationCanceledException"/>.</param>
    /// <inheritdoc cref="Explain(ImageModel, string, AttributionMethod?, TargetClass?, IProgress{double}?, CancellationToken)"
    /// path="/returns|/exception|/remarks"/>
    public static TextAttribution Explain(
        this TextModel model, Sample sample, AttributionMethod? method = null, TargetClass? target = null,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(sample);
        return TextExplanation.Of(
            model, sample, method ?? new IntegratedGradients(), target, new ExplanationWork(progress, cancellationToken));
    }

    /// <summary>Explains the prediction for a sample by a model of images or texts.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sample">The sample; its own target plays no part.</param>
    /// <param name="method">How; null means <see cref="GradCam"/> for images, <see cref="IntegratedGradients"/> for texts.</param>
    /// <param name="target">The class to explain, by name or number; null means the predicted one.</param>
    /// <param name="progress">Receives the share that is done, for methods that run the network more than twice.</param>
    /// <param name="cancellationToken">Ends the work within a batch with an <see cref="OperationCanceledException"/>.</param>
    /// <inheritdoc cref="Explain(ImageModel, string, AttributionMethod?, TargetClass?, IProgress{double}?, CancellationToken)"
    /// path="/returns|/exception|/remarks"/>
    /// <exception cref="NotSupportedException">The model hears sounds as samples.</exception>
    public static Attribution Explain(
        this TransferModel model, Sample sample, AttributionMethod? method = null, TargetClass? target = null,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model switch
        {
            ImageModel images => images.Explain(sample, method, target, progress, cancellationToken),
            TextModel texts => texts.Explain(sample, method, target, progress, cancellationToken),
            _ => throw new NotSupportedException(
                $"{model.Architecture} takes sounds as samples, of which no part can be shown; a model for images on spectrograms "
                    + $"({nameof(ImageModel)}.{nameof(ImageModel.OnSpectrograms)}) can be explained."),
        };
    }

    /// <summary>The same as <c>Explain</c>, off the calling thread.</summary>
    /// <inheritdoc cref="Explain(TransferModel, Sample, AttributionMethod?, TargetClass?, IProgress{double}?, CancellationToken)"/>
    public static Task<Attribution> ExplainAsync(
        this TransferModel model, Sample sample, AttributionMethod? method = null, TargetClass? target = null,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
        => Task.Run(() => model.Explain(sample, method, target, progress, cancellationToken), cancellationToken);

    /// <summary>The same as <c>Explain</c>, off the calling thread.</summary>
    /// <inheritdoc cref="Explain(ImageModel, string, AttributionMethod?, TargetClass?, IProgress{double}?, CancellationToken)"/>
    public static Task<ImageAttribution> ExplainAsync(
        this ImageModel model, string path, AttributionMethod? method = null, TargetClass? target = null,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
        => Task.Run(() => model.Explain(path, method, target, progress, cancellationToken), cancellationToken);

    /// <summary>The same as <c>Explain</c>, off the calling thread.</summary>
    /// <inheritdoc cref="Explain(TextModel, string, AttributionMethod?, TargetClass?, IProgress{double}?, CancellationToken)"/>
    public static Task<TextAttribution> ExplainAsync(
        this TextModel model, string text, AttributionMethod? method = null, TargetClass? target = null,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
        => Task.Run(() => model.Explain(text, method, target, progress, cancellationToken), cancellationToken);

    /// <summary>
    /// Finds the samples of a data set that look most like one to the backbone, by the cosine of their features; with a
    /// <see cref="FeatureOptions.Cache"/> those of the data set are computed once.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="input">A path for images and sounds; the text itself for texts.</param>
    /// <param name="dataset">The samples, for instance those that were trained on.</param>
    /// <param name="count">How many to find, at most.</param>
    /// <param name="options">Batch size, workers, cache; null means the defaults.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The nearest first; of equally near ones that with the smaller number.</returns>
    public static IReadOnlyList<NearestExample> FindNearest(
        this TransferModel model, string input, Dataset dataset, int count = 5, FeatureOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(input);
        return model.FindNearest(model.SampleOf(input), dataset, count, options, cancellationToken);
    }

    /// <param name="model">The model.</param>
    /// <param name="sample">What to look for.</param>
    /// <param name="dataset">The samples, for instance those that were trained on.</param>
    /// <param name="count">How many to find, at most.</param>
    /// <param name="options">Batch size, workers, cache; null means the defaults.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <inheritdoc cref="FindNearest(TransferModel, string, Dataset, int, FeatureOptions?, CancellationToken)"
    /// path="/summary|/returns|/exception|/remarks"/>
    public static IReadOnlyList<NearestExample> FindNearest(
        this TransferModel model, Sample sample, Dataset dataset, int count = 5, FeatureOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        options ??= new FeatureOptions();
        using FeatureSet known = model.ExtractFeatures(dataset, options, null, cancellationToken);
        using FeatureSet asked = model.ExtractFeatures(
            new InputDataset([sample.Name], [sample]), options with { Cache = null, Communicator = null }, null, cancellationToken);
        using DisposeScope scope = NewDisposeScope();
        double[] cosines = ScoredInput.ToArray(Unit(known.Features).mm(Unit(asked.Features).t()));
        long[] labels = [.. known.Labels.data<long>()];
        return
        [
            .. Enumerable.Range(0, cosines.Length)
                .OrderByDescending(row => cosines[row])
                .Take(count)
                .Select(row => new NearestExample(
                    dataset.NameOf(known.Indices[row]),
                    known.Indices[row],
                    known.ClassNames.ElementAtOrDefault((int)labels[row]) ?? "",
                    cosines[row]))
        ];

        static Tensor Unit(Tensor rows) => nn.functional.normalize(rows.to(ScalarType.Float64), dim: 1);
    }
}
