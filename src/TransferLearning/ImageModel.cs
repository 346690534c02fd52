namespace TransferLearning;

/// <summary>A model for images: what <c>Pretrained.ResNet18()</c> and its kin give.</summary>
public sealed class ImageModel : TransferModel
{
    private readonly ModelVariant _variant;
    private readonly NetworkOptions _options;
    private ImagePipeline _ofImages;
    private ImagePipeline _training;
    private SpectrogramPreprocessor? _ofSounds;

    internal ImageModel(ModelVariant variant, NetworkOptions options, ImageNetwork network, LearningTask task, ImagePreprocess preprocess)
        : base(network, task)
    {
        (_variant, _options, Module, Preprocess) = (variant, options, network, preprocess);
        (_ofImages, _training) = (ImagePipeline.ForEvaluation(preprocess), ImagePipeline.ForTraining(preprocess));
    }

    /// <inheritdoc/>
    public override string Architecture => _variant.Name;

    /// <inheritdoc/>
    public override ImageNetwork Module { get; }

    /// <summary>How images are preprocessed for evaluation and prediction, as data.</summary>
    public ImagePreprocess Preprocess { get; }

    /// <inheritdoc/>
    public override Preprocessor Preprocessor => _ofSounds is null ? _ofImages : _ofSounds;

    /// <summary>What decodes image files in training, evaluation, prediction and features: <see cref="WithCodec"/>. Default:
    /// <see cref="ImageCodec.Default"/>.</summary>
    public IImageCodec Codec { get; private set; } = ImageCodec.Default;

    /// <summary>How sounds become images, where the model is for sounds (<see cref="OnSpectrograms"/>); null for images.</summary>
    public LogMelImage? Spectrograms => _ofSounds?.Form;

    /// <summary>The published weights it began with; null when they came from a file of the caller's or from nowhere.</summary>
    public WeightEntry? Weights { get; internal set; }

    /// <inheritdoc/>
    private protected override string Identity =>
        $"{Architecture};{JsonSerializer.Serialize(_options with { Classes = null }, NetworkOptionsJson.Default.NetworkOptions)}";

    /// <inheritdoc/>
    internal override Preprocessor ForTraining(IReadOnlyList<ImageTransform> augmentation)
        => augmentation.Count == 0 ? _ofSounds is null ? _training : _ofSounds
            : _ofSounds is null ? _training.Then(augmentation)
            : throw new ArgumentException(
                $"{nameof(FineTuneOptions.Augmentation)} is for images, and this model is for sounds: leave it out.");

    /// <summary>Makes a model with fresh weights: what a pretrained one is compared with.</summary>
    /// <param name="architecture">A name of the catalogue.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="seed">What fixes the weights.</param>
    /// <param name="options">What differs from the published network.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">There is no such architecture.</exception>
    public static new ImageModel Create(string architecture, int classes, long seed = 0, NetworkOptions? options = null)
    {
        ModelVariant variant = ModelCatalog.Get(architecture);
        options = (options ?? NetworkOptions.Default) with { Classes = classes };
        ImageNetwork network = variant.Build(options);
        network.Initialize(seed);
        return new ImageModel(variant, options, network, new Classification(classes), variant.Preprocess);
    }

    /// <summary>Makes a model of a TorchSharp module of the caller's own, for everything that the library's networks can do: another head,
    /// frozen layers, adapters, cached features, saving. <c>UnfreezeFrom</c> takes the name of a child of the module.</summary>
    /// <param name="module">The module, with its weights: [N, 3, H, W] to [N, outputs], logits. The model owns it from now on, and takes
    /// it apart: called by itself it gives what enters the head.</param>
    /// <param name="head">The name of the fully connected layer (<c>nn.Linear</c>) that gives the outputs, or of a module that ends with
    /// one: <c>fc</c>, <c>classifier.6</c>.</param>
    /// <param name="preprocess">How images are prepared for it. Default: ImageNet's way, 224 pixels.</param>
    /// <returns>The model, on the CPU; its classes have no names until it is trained or <c>WithClassNames</c> is called. The caller
    /// disposes it.</returns>
    /// <exception cref="ArgumentException">There is no such layer, or it is not what gives the outputs; the module is the caller's then, as
    /// it was.</exception>
    public static new ImageModel Wrap(nn.Module<Tensor, Tensor> module, string head, ImagePreprocess? preprocess = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentException.ThrowIfNullOrEmpty(head);
        ModelVariant variant = WrappedNetwork.Variant(() => module, module.GetName(), head, preprocess ?? ImagePreprocess.ImageNet);
        WrappedNetwork network = (WrappedNetwork)variant.Build();
        NetworkOptions options = NetworkOptions.Default with { Classes = network.OriginalOutputs };
        return new ImageModel(variant, options, network, new Classification(network.OriginalOutputs), variant.Preprocess);
    }

    /// <summary>Loads a model that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file. It is read as data; nothing in it can run.</param>
    /// <param name="mapFile">Whether the network looks into the file instead of copying it:
    /// <see cref="CheckpointOptions.MapFile"/>.</param>
    /// <param name="task">The task, where it is one of the caller's own.</param>
    /// <param name="module">Makes the module of a model that <see cref="Wrap"/> made, which no file can; its weights are then those of the
    /// file. Null for architectures of the catalogue.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="CheckpointException">The file is damaged or no checkpoint.</exception>
    /// <exception cref="InvalidDataException">The file is a checkpoint, but no saved model, or one for another task.</exception>
    /// <exception cref="ArgumentException">It is of a wrapped module and <paramref name="module"/> is null, or the other way
    /// round.</exception>
    public static ImageModel Load(
        string path, bool mapFile = false, LearningTask? task = null, Func<nn.Module<Tensor, Tensor>>? module = null)
    {
        (StateDict state, ModelDescription saved) = ModelFile.Open(path, mapFile);
        using (state)
        {
            if (saved is not { Architecture: { } architecture, Options: { } options, Preprocess: { } preprocess, Task: { } savedTask })
            {
                throw new InvalidDataException(
                    $"'{path}': the description of the saved model has no architecture, options, preprocessing or task. Save the model "
                        + "again.");
            }

            LearningTask what = savedTask.ToTask(path, task);
            ModelVariant variant = WrappedNetwork.SavedVariant(path, architecture, saved.WrappedHead, preprocess, module);
            ImageModel model = new(variant, options, variant.Build(options), what, preprocess);
            try
            {
                (saved.Head ?? new HeadPlan([], what.Head.Outputs, null)).Build(model.Module, what.Head, architecture);
                SavedAdapter.Attach(model.Module, saved, 0);

                model.LoadReport = state.LoadInto(model.Module.State());
                model.Restore(saved);
                if (saved is { Codec: { } codec, CodecPackage: { } package })
                {
                    model.WithCodec(new SavedImageCodec(codec, package));
                }

                return saved.Spectrograms is { } form ? model.OnSpectrograms(form) : model;
            }
            catch
            {
                model.Dispose();
                throw;
            }
        }
    }

    /// <summary>Writes the whole model into one file: weights, head, task, class names, preprocessing, what is frozen. The file is a
    /// safetensors file, which other tools can read too, and appears under its name only when it is complete.</summary>
    /// <inheritdoc/>
    public override void Save(string path)
    {
        using IDisposable use = Use();
        ModelFile.Save(path, Describe() with
        {
            Architecture = Architecture,
            Options = _options,
            Preprocess = Preprocess,
            Spectrograms = Spectrograms,
            Codec = ReferenceEquals(Codec, ImageCodec.Default) ? null : Codec.ToString(),
            CodecPackage = ReferenceEquals(Codec, ImageCodec.Default) ? null
                : (Codec as SavedImageCodec)?.Package ?? Codec.GetType().Assembly.GetName().Name,
            WrappedHead = Module is WrappedNetwork ? Module.HeadNames[^1] : null,
        }, Module.State());
    }

    /// <summary>Sets what decodes image files, wherever the model meets them. A <c>Codec</c> of the options and the codec that an
    /// <see cref="ImagePipeline"/> was made with come before it.</summary>
    /// <remarks>A saved model names its codec but cannot hold it: after loading, set it again before the model decodes files.</remarks>
    /// <param name="codec">The codec; data sets take the same one when they are opened, for its endings.</param>
    /// <returns>The model.</returns>
    public ImageModel WithCodec(IImageCodec codec)
    {
        ArgumentNullException.ThrowIfNull(codec);
        Codec = codec;
        _ofImages = ImagePipeline.ForEvaluation(Preprocess).Under(codec);
        _training = ImagePipeline.ForTraining(Preprocess).Under(codec);
        return this;
    }

    /// <summary>
    /// Makes it a model for sounds, which it sees as images of their mel bands: data sets of sounds are trained on, and
    /// <see cref="TransferModel.Predict(string)"/> takes the path of one. All other verbs are the same.
    /// </summary>
    /// <param name="form">How sounds become images; null means five seconds, in the size that the network wants.</param>
    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public ImageModel OnSpectrograms(LogMelImage? form = null)
    {
        form ??= new LogMelImage();
        _ofSounds = new SpectrogramPreprocessor(form with
        {
            Height = form.Height ?? Preprocess.Crop,
            Width = form.Width ?? Preprocess.Crop,
            Mean = form.Mean ?? [Preprocess.Mean.Red, Preprocess.Mean.Green, Preprocess.Mean.Blue],
            Std = form.Std ?? [Preprocess.Std.Red, Preprocess.Std.Green, Preprocess.Std.Blue],
        });
        return this;
    }

    /// <summary>Predicts the classes of an image in memory.</summary>
    /// <param name="image">An <see cref="EncodedImage"/> (the bytes of a file) or a <see cref="RawImage"/> (pixels); of a model
    /// for sounds an <see cref="EncodedAudio"/> or a <see cref="RawAudio"/>.</param>
    /// <inheritdoc cref="TransferModel.Predict(string)" path="/returns|/exception|/remarks"/>
    public Prediction Predict(SampleContent image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return PredictSamples([new Sample("image", image, NoTarget.Instance)])[0];
    }

    /// <summary>Predicts the number of an image in memory, for regression.</summary>
    /// <param name="image">An <see cref="EncodedImage"/> (the bytes of a file) or a <see cref="RawImage"/> (pixels).</param>
    /// <inheritdoc cref="TransferModel.PredictNumber(string)" path="/returns|/exception|/remarks"/>
    public double PredictNumber(SampleContent image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return PredictNumber(new Sample("image", image, NoTarget.Instance));
    }

    /// <inheritdoc/>
    internal override Sample SampleOf(string input)
    {
        byte[] bytes = File.ReadAllBytes(input);
        return new Sample(input, _ofSounds is null ? new EncodedImage(bytes) : new EncodedAudio(bytes), NoTarget.Instance);
    }

    /// <inheritdoc/>
    internal override Preprocessor? Fitting(Preprocessor? preprocessor)
        => preprocessor is null or StackedPreprocessor
            ? preprocessor
            : throw new ArgumentException(
                $"{Architecture} takes images of one shape; a {preprocessor.GetType().Name} makes something else.", nameof(preprocessor));
}
