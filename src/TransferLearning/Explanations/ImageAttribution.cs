namespace TransferLearning;

/// <summary>Which parts of an image a prediction is due to.</summary>
/// <remarks>
/// Everything is aligned with what the network saw: the image after the preprocessor resized it and cut its centre out.
/// <see cref="SaveOverlay"/> draws over exactly those pixels.
/// </remarks>
public sealed class ImageAttribution : Attribution
{
    private readonly float[] _input;
    private readonly (float[] Mean, float[] Std) _normalization;

    internal ImageAttribution(
        ExplainedScore score, AttributionMethod method, Shares shares, float[] input, (float[] Mean, float[] Std) normalization)
        : base(score, method, shares)
    {
        (_input, _normalization) = (input, normalization);
        using DisposeScope scope = NewDisposeScope();
        Map = new AttributionMap(
            shares.Values.dim() == 2 ? shares.Values : shares.IsSigned ? shares.Values.sum([0]) : shares.Values.abs().amax(0));
        Grid = shares.Grid is null ? null : new AttributionMap(shares.Grid);
    }

    /// <summary>
    /// One number for each pixel of what the network saw. Of methods that give one for each channel it is the sum, or the largest size
    /// where signs mean nothing (<see cref="Saliency"/>, <see cref="SmoothGrad"/>).
    /// </summary>
    public AttributionMap Map { get; }

    /// <summary>
    /// The map before it was brought to the size of the image: of a class activation map with its negative numbers, of
    /// <see cref="Occlusion"/> a number for each window; null for methods that work on pixels.
    /// </summary>
    public AttributionMap? Grid { get; }

    /// <summary>What the network saw, as it was given to it: three planes.</summary>
    internal float[] Input => _input;

    /// <summary>The heat map over the pixels that the network saw, as a PNG file.</summary>
    /// <param name="options">How it looks; null means the defaults.</param>
    public byte[] ToOverlay(OverlayOptions? options = null)
    {
        options ??= new OverlayOptions();
        options.Validate();
        using ImagePixels image = Overlay.Draw(Map, IsSigned, Pixel, options);
        return ImageEncoder.ToPng(image);
    }

    /// <summary>Writes the heat map over the pixels that the network saw into a PNG file.</summary>
    /// <param name="path">The file; it appears when it is complete.</param>
    /// <param name="options">How it looks; null means the defaults.</param>
    /// <exception cref="IOException">It could not be written.</exception>
    public void SaveOverlay(string path, OverlayOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] file = ToOverlay(options);
        AtomicFile.Write(path, stream => stream.Write(file));
    }

    /// <summary>
    /// How fast the class's probability falls when the pixels with the largest numbers are taken away first (Petsiuk et al., 2018): the
    /// smaller the area, the better the map found what the model looks at.
    /// </summary>
    /// <param name="model">The model that was explained.</param>
    /// <param name="options">Steps and baseline; null means the defaults.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    public PerturbationCurve DeletionCurve(
        ImageModel model, PerturbationOptions? options = null, CancellationToken cancellationToken = default)
        => CurveOf(Map, model, options, deletes: true, cancellationToken);

    /// <summary>
    /// How fast the class's probability rises when the pixels with the largest numbers are put onto the baseline first: the larger the
    /// area, the better the map found what the model looks at.
    /// </summary>
    /// <inheritdoc cref="DeletionCurve"/>
    public PerturbationCurve InsertionCurve(
        ImageModel model, PerturbationOptions? options = null, CancellationToken cancellationToken = default)
        => CurveOf(Map, model, options, deletes: false, cancellationToken);

    /// <inheritdoc/>
    public override string ToString() => $"{Item}: {Title}";

    /// <summary>The curve of any map of the image, such as random numbers, which good maps are better than.</summary>
    internal PerturbationCurve CurveOf(
        AttributionMap map, ImageModel model, PerturbationOptions? options, bool deletes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new PerturbationOptions();
        if (model.LearningTask is not Classification)
        {
            throw new InvalidOperationException(
                $"Deletion and insertion curves follow the probability of a class, and this model is for {model.LearningTask.Name}.");
        }

        return ImageExplanation.With(model, _input, input =>
        {
            input.Target = Target;
            return PerturbationCurve.Measure(input, map, options, deletes, new ExplanationWork(null, cancellationToken));
        });
    }

    // From 0 to 1.
    private double Pixel(int channel, int place)
    {
        int plane = _input.Length / 3;
        return Math.Clamp((_input[(channel * plane) + place] * _normalization.Std[channel]) + _normalization.Mean[channel], 0, 1);
    }
}
