namespace TransferLearning;

/// <summary>One row of a family's table: a name and how to build the network of that name.</summary>
public sealed class ModelVariant
{
    private readonly Func<NetworkOptions, ImageNetwork> _build;
    private readonly string[] _options;

    /// <summary>Makes a row.</summary>
    /// <param name="name">The name users type, torchvision's where it has the network: <c>resnet18</c>.</param>
    /// <param name="build">Makes the network with its weights allocated, filled or not.</param>
    /// <param name="options">Which of <see cref="NetworkOptions"/> it understands, by name, other than the classes and channels that all
    /// do.</param>
    public ModelVariant(string name, Func<NetworkOptions, ImageNetwork> build, params string[] options)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(build);
        Name = name;
        _build = build;
        _options = options;
    }

    /// <summary>The name users type.</summary>
    public string Name { get; }

    /// <summary>How images are prepared when no published weights say otherwise. Default: ImageNet's way at 224 pixels.</summary>
    public ImagePreprocess Preprocess { get; init; } = ImagePreprocess.ImageNet;

    /// <summary>The names of the <see cref="NetworkOptions"/> it understands, other than the classes and channels that all do.</summary>
    public IReadOnlyList<string> Options => _options;

    /// <summary>The smallest side of an image the network can take, in pixels; built with <see cref="NetworkOptions.ImageSize"/> where the
    /// architecture has that option. Default: 32.</summary>
    public int SmallestInput { get; init; } = 32;

    /// <summary>The names of the layers that give the outputs of auxiliary heads, so that a checkpoint without them is known before the
    /// network is built. Default: none.</summary>
    public IReadOnlyList<string> AuxiliaryHeads { get; init; } = [];

    /// <summary>The published weights, the recommended ones last.</summary>
    public IReadOnlyList<WeightEntry> Weights => WeightTable.Of(Name);

    /// <summary>Builds the network; its weights are allocated, but not yet read from a file or initialised.</summary>
    /// <param name="options">What differs from the published network.</param>
    /// <returns>The network; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">An option is set that the architecture does not have.</exception>
    public ImageNetwork Build(NetworkOptions? options = null)
    {
        options ??= NetworkOptions.Default;
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Classes ?? 1, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.InputChannels, 1, nameof(options));
        foreach (string option in options.Changed())
        {
            if (!_options.Contains(option))
            {
                string known = _options.Length == 0 ? "none but Classes and InputChannels" : string.Join(", ", _options);
                throw new ArgumentException($"{Name} has no option {option}; it understands {known}.", nameof(options));
            }
        }

        LibTorch.Load();
        return _build(options);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
