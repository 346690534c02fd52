namespace TransferLearning.Keras;

/// <summary>One network of Keras Applications: its layers, and how it differs from the published network of that name elsewhere.</summary>
/// <param name="Name">The network's name in the catalogue.</param>
/// <param name="FinalLayer">The name of the layer that gives the logits.</param>
/// <param name="Units">The convolutions, in order, under the names that the file has.</param>
/// <param name="Preprocess">How the published weights want images.</param>
/// <param name="Epsilon">What the published network adds to variances; null for one without batch normalisation.</param>
/// <param name="Adapt">Sets the options that make the network Keras'.</param>
internal sealed record KerasArchitecture(
    string Name, string FinalLayer, Func<KerasSource, IEnumerable<KerasUnit>> Units, ImagePreprocess Preprocess,
    Func<KerasSource, double>? Epsilon, Func<NetworkOptions, NetworkOptions> Adapt)
{
    // The means of blue, green and red that Caffe's networks subtract from pixels of 0 to 255, as red, green and blue of 0 to 1.
    private static readonly ImagePreprocess Caffe = new(
        256, 224, new(123.68f / 255, 116.779f / 255, 103.939f / 255), new(1 / 255f, 1 / 255f, 1 / 255f));

    /// <summary>Every network this package reads.</summary>
    public static IReadOnlyList<KerasArchitecture> All { get; } =
    [
        new("vgg16", "classifier.6", KerasUnits.Vgg16, Caffe, null, options => options)
        {
            IsBlueFirst = true,
            Dense = [("fc1", "classifier.0"), ("fc2", "classifier.3")],
            HeadInputs = 4096,
        },
        new(
            "resnet50",
            "fc",
            KerasUnits.ResNet50,
            Caffe,
            source => KerasUnits.IsFirstResNet(source) ? 1e-3 : 1.001e-5,
            options => options with { StrideInFirstConvolution = options.StrideInFirstConvolution ?? true })
        {
            IsBlueFirst = true,
            HeadInputs = 2048,
        },
        new(
            "inception_v3",
            "fc",
            KerasUnits.InceptionV3,
            ImagePreprocess.MinusOneToOne with { Resize = 342, Crop = 299 },
            _ => 1e-3,
            options => PadAsTensorFlow(options) with { AuxiliaryHeads = options.AuxiliaryHeads ?? false })
        {
            HeadInputs = 2048,
        },
        new("mobilenet_v1", "classifier", KerasUnits.MobileNet, ImagePreprocess.MinusOneToOne, _ => 1e-3, PadAsTensorFlow),
        new("mobilenet_v2", "classifier.1", KerasUnits.MobileNetV2, ImagePreprocess.MinusOneToOne, _ => 1e-3, PadAsTensorFlow),
    ];

    /// <summary>
    /// Dense layers of the published network before its last one, each with its name in the network; a file may lack them.
    /// </summary>
    public IReadOnlyList<(string Layer, string Target)> Dense { get; init; } = [];

    /// <summary>How many numbers enter the layer that gives the logits; null for as many as the last convolution gives.</summary>
    public int? HeadInputs { get; init; }

    /// <summary>Whether the first convolution takes blue first, as networks that came from Caffe do.</summary>
    public bool IsBlueFirst { get; init; }

    /// <summary>Finds a network by name.</summary>
    /// <exception cref="ArgumentException">This package does not read it.</exception>
    public static KerasArchitecture Get(string name) => All.FirstOrDefault(row => row.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException(
            $"Keras weights are read for {string.Join(", ", All.Select(row => row.Name))}, not for '{name}'.", nameof(name));

    private static NetworkOptions PadAsTensorFlow(NetworkOptions options)
        => options with { TensorFlowPadding = options.TensorFlowPadding ?? true };
}
