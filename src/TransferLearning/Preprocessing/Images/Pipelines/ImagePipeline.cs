namespace TransferLearning;

/// <summary>Images to numbers: decode, some steps on pixels, divide by 255, normalise, and write as three planes of floats (red, green,
/// blue), the layout [3, height, width].</summary>
/// <remarks>An image of 16 bits a channel keeps them through every step that moves pixels (resizing, cropping, mirroring, rotating,
/// warping, padding) and is divided by 65535; a step that changes colours works on 8 bits, and rounds it to them.</remarks>
public sealed class ImagePipeline : StackedPreprocessor
{
    // Up to here a network reads small images whole, as CIFAR's do: a random crop of 8 % would leave nothing to see.
    private const int LargestSmallInput = 64;
    private const int SmallPadding = 4;

    private readonly ImageTransform[] _transforms;
    private readonly RandomErasing? _erasing; // of normalised numbers, after the transforms
    private readonly int _height;
    private readonly int _width;
    private readonly PixelNormalizer _normalizer;
    private readonly IImageCodec? _given;
    private readonly IImageCodec _codec;
    private Preprocessor? _evaluationForm;

    /// <summary>Makes a pipeline.</summary>
    /// <param name="transforms">The steps, in order.</param>
    /// <param name="height">The height that the steps must produce.</param>
    /// <param name="width">The width that the steps must produce.</param>
    /// <param name="mean">What is subtracted from each channel after the division by 255.</param>
    /// <param name="std">What each channel is divided by last.</param>
    /// <param name="codec">What decodes image files; null means that of the model it is used with, and without one
    /// <see cref="ImageCodec.Default"/>.</param>
    public ImagePipeline(
        IReadOnlyList<ImageTransform> transforms, int height, int width, ChannelValues mean, ChannelValues std, IImageCodec? codec = null)
    {
        ArgumentNullException.ThrowIfNull(transforms);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        _erasing = transforms is [.., RandomErasing { WritesNumbers: true } last] ? last : null;
        _transforms = [.. _erasing is null ? transforms : transforms.SkipLast(1)];
        if (_transforms.Any(transform => transform is RandomErasing { WritesNumbers: true }))
        {
            throw new ArgumentException(
                $"A {nameof(RandomErasing)} with noise writes normalised numbers, so nothing can follow it: put it last.",
                nameof(transforms));
        }

        _height = height;
        _width = width;
        _normalizer = new PixelNormalizer(mean, std);
        (Mean, Std) = (mean, std);
        (_given, _codec) = (codec, codec ?? ImageCodec.Default);
        Shape = [3, height, width];
        IsDeterministic = !transforms.Any(transform => transform.IsRandom);
        Fingerprint = string.Create(
            CultureInfo.InvariantCulture,
            $"ImagePipeline({_codec};{string.Join('>', transforms.Select(transform => transform.Fingerprint))};"
                + $"{height}x{width};mean {mean.Red:R},{mean.Green:R},{mean.Blue:R};std {std.Red:R},{std.Green:R},{std.Blue:R})");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<long> Shape { get; }

    /// <summary>What is subtracted from each channel after the division by 255.</summary>
    public ChannelValues Mean { get; }

    /// <summary>What each channel is divided by last.</summary>
    public ChannelValues Std { get; }

    /// <summary>What decodes image files.</summary>
    public IImageCodec Codec => _codec;

    /// <inheritdoc/>
    public override bool IsDeterministic { get; }

    /// <inheritdoc/>
    public override string Fingerprint { get; }

    /// <inheritdoc/>
    /// <remarks>What <see cref="ForTraining"/> gives has the form of <see cref="ForEvaluation"/>.</remarks>
    public override Preprocessor? EvaluationForm => _evaluationForm ?? base.EvaluationForm;

    /// <summary>The evaluation form: shorter side, centre crop, normalise.</summary>
    /// <param name="preprocess">How the network wants its images. With a <see cref="ImagePreprocess.Resize"/> of 0 images are not resized,
    /// and one that is smaller than the crop is an error.</param>
    /// <param name="codec">What decodes image files; null means that of the model it is used with.</param>
    /// <returns>A pipeline that draws nothing.</returns>
    public static ImagePipeline ForEvaluation(ImagePreprocess preprocess, IImageCodec? codec = null)
    {
        ArgumentNullException.ThrowIfNull(preprocess);
        return Of(
            preprocess,
            codec,
            preprocess.Resize > 0
                ? [new ResizeCenterCrop(preprocess.Resize, preprocess.Crop, preprocess.Interpolation)]
                : [new CenterCrop(preprocess.Crop, preprocess.Crop, allowPadding: false)]);
    }

    /// <summary>
    /// The training form. Large inputs: torchvision's reference recipe, a <see cref="RandomResizedCrop"/> of 8 to 100 % of the area and
    /// shapes from 3:4 to 4:3, mirrored half the time. Inputs of up to 64 pixels, or of images that are used as they are: four black pixels
    /// on each side, a <see cref="RandomCrop"/>, mirrored half the time (He et al., "Deep Residual Learning", 2015, section 4.2).
    /// </summary>
    /// <param name="preprocess">How the network wants its images.</param>
    /// <param name="codec">What decodes image files; null means that of the model it is used with.</param>
    /// <returns>A pipeline that draws the crop first, then the mirror.</returns>
    public static ImagePipeline ForTraining(ImagePreprocess preprocess, IImageCodec? codec = null)
    {
        ArgumentNullException.ThrowIfNull(preprocess);
        int crop = preprocess.Crop;
        IReadOnlyList<ImageTransform> transforms = preprocess.Resize > 0 && crop > LargestSmallInput
            ? [new RandomResizedCrop(crop, crop, interpolation: preprocess.Interpolation)]
            : preprocess.Resize > 0
                ? [new Resize(preprocess.Resize, preprocess.Interpolation), new RandomCrop(crop, crop, SmallPadding)]
                : [new RandomCrop(crop, crop, SmallPadding)];
        ImagePipeline pipeline = Of(preprocess, codec, [.. transforms, new RandomHorizontalFlip()]);
        pipeline._evaluationForm = ForEvaluation(preprocess, codec);
        return pipeline;
    }

    /// <summary>The same pipeline with further steps behind those that it has, such as a <see cref="Corruption"/>.</summary>
    /// <param name="transforms">The steps, in order; the size that the pipeline produces must stay.</param>
    /// <returns>A pipeline with the same normalisation, codec and evaluation form.</returns>
    public ImagePipeline Then(params IReadOnlyList<ImageTransform> transforms)
    {
        ArgumentNullException.ThrowIfNull(transforms);
        ImageTransform[] all = _erasing is null ? [.. _transforms, .. transforms] : [.. _transforms, .. transforms, _erasing];
        return new ImagePipeline(all, _height, _width, Mean, Std, _given) { _evaluationForm = _evaluationForm };
    }

    /// <summary>The same pipeline, and its evaluation form, with another codec.</summary>
    /// <param name="codec">What decodes image files.</param>
    public ImagePipeline WithCodec(IImageCodec codec)
    {
        ArgumentNullException.ThrowIfNull(codec);
        ImageTransform[] all = _erasing is null ? _transforms : [.. _transforms, _erasing];
        return new ImagePipeline(all, _height, _width, Mean, Std, codec)
        {
            _evaluationForm = _evaluationForm is ImagePipeline form ? form.WithCodec(codec) : _evaluationForm,
        };
    }

    /// <summary>The same pipeline with the model's codec, where it was made without one.</summary>
    internal ImagePipeline Under(IImageCodec codec)
        => _given is null && !ReferenceEquals(codec, ImageCodec.Default) ? WithCodec(codec) : this;

    /// <inheritdoc/>
    public override Target Apply(Sample sample, ref SeededRandom random, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(sample);
        CheckLength(destination);
        (ImagePixels image, Target target) = Transform(sample, ref random);
        using (image)
        {
            Write(image, sample.Name, destination, ref random);
        }

        return target;
    }

    /// <summary>Decodes the image of a sample and takes the steps, boxes too; the caller disposes the image.</summary>
    internal (ImagePixels Image, Target Target) Transform(Sample sample, ref SeededRandom random)
    {
        if (sample.Target is BoxesTarget boxes)
        {
            ImageSample whole = new(Decode(sample), boxes.Boxes);
            Transform(whole, sample.Name, ref random);
            return (whole.Image, new BoxesTarget([.. whole.Boxes], [.. whole.BoxIndices.Select(index => boxes.Classes[index])]));
        }

        ImagePixels image = Decode(sample);
        try
        {
            foreach (ImageTransform transform in _transforms)
            {
                image = transform.Apply(image, ref random);
            }
        }
        catch (Exception exception) when (IsMisfit(exception))
        {
            throw Misfit(sample.Name, exception);
        }

        return (image, sample.Target);
    }

    /// <inheritdoc/>
    public override ModelInput ToInput(TorchSharp.torch.Tensor values) => new ImageInput(values);

    /// <summary>Decodes the image of a sample as it is in its file, for <see cref="ImageSample"/>.</summary>
    /// <param name="sample">The sample, an <see cref="EncodedImage"/> or <see cref="RawImage"/>.</param>
    /// <returns>The image; the caller disposes it.</returns>
    /// <exception cref="MediaException">The image could not be read; the message names it.</exception>
    /// <exception cref="ArgumentException">The sample holds content of another kind.</exception>
    public ImagePixels Decode(Sample sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return sample.Input switch
        {
            EncodedImage encoded => _codec.Decode(encoded.Bytes, sample.Name),
            RawImage raw => RawPixels.Widen(raw, sample.Name),
            _ => throw new ArgumentException(
                $"'{sample.Name}' holds {sample.Input?.GetType().Name ?? "nothing"}, expected an image.", nameof(sample)),
        };
    }

    /// <summary>Transforms an image together with its boxes and mask, by the same draws as the image alone.</summary>
    /// <param name="sample">The image with its boxes and mask; it is changed and stays the caller's.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="random">Where draws come from.</param>
    /// <param name="destination">Where the image's numbers go; its length is the product of <see cref="Shape"/>.</param>
    /// <exception cref="MediaException">The image does not fit; the message names it.</exception>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void Apply(ImageSample sample, string name, ref SeededRandom random, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(sample);
        CheckLength(destination);
        Transform(sample, name, ref random);
        Write(sample.Image, name, destination, ref random);
    }

    private void Transform(ImageSample sample, string name, ref SeededRandom random)
    {
        try
        {
            foreach (ImageTransform transform in _transforms)
            {
                transform.Apply(sample, ref random);
            }
        }
        catch (Exception exception) when (IsMisfit(exception))
        {
            throw Misfit(name, exception);
        }
    }

    private static bool IsMisfit(Exception exception)
        => exception is ArgumentOutOfRangeException or InvalidOperationException and not ObjectDisposedException or OverflowException;

    private static MediaException Misfit(string name, Exception exception)
        => new(name, $"'{name}' could not be transformed: {exception.Message}", exception);

    private void CheckLength(Span<float> destination)
    {
        if (destination.Length != 3 * _height * _width)
        {
            throw new ArgumentException(
                $"The destination holds {destination.Length} numbers, expected {3 * _height * _width} for [3, {_height}, {_width}].",
                nameof(destination));
        }
    }

    private void Write(ImagePixels image, string name, Span<float> destination, ref SeededRandom random)
    {
        if (image.Height != _height || image.Width != _width)
        {
            throw new MediaException(
                name,
                $"'{name}' is {image.Width} x {image.Height} after the transforms, expected {_width} x {_height}. "
                    + "End the transforms with a resize or crop to that size.");
        }

        _normalizer.Apply(image, destination);
        _erasing?.Apply(destination, _width, _height, ref random);
    }

    private static ImagePipeline Of(ImagePreprocess preprocess, IImageCodec? codec, IReadOnlyList<ImageTransform> transforms)
        => new(transforms, preprocess.Crop, preprocess.Crop, preprocess.Mean, preprocess.Std, codec);
}
