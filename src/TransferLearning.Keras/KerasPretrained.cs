using System.Text.Json;

namespace TransferLearning.Keras;

/// <summary>Networks whose weights come from Keras: the published HDF5 files of Keras Applications, models saved as <c>.h5</c>, and
/// TensorFlow.js layer models.</summary>
/// <remarks>
/// <para>The networks are those of the core's catalogue, set to compute what Keras computes: its padding, its epsilon, for ResNet50 the
/// stride in the first convolution of a block. Kernels are turned to PyTorch's layouts; convolutions that take blue first (VGG16, ResNet50)
/// are turned to red first, so that images are prepared as red, green, blue like everywhere else. Biases before a batch normalisation are
/// folded into its running mean, which changes nothing but the last digit.</para>
/// <para>Files without their top (<c>include_top=False</c>) are accepted: the layer that gives the logits, and VGG16's two dense layers
/// before it, then begin with random weights. A head of several dense layers is rebuilt when the file describes it (<c>model.save</c>,
/// TensorFlow.js).</para>
/// </remarks>
public static class KerasPretrained
{
    /// <summary>Loads a network by its name.</summary>
    /// <param name="architecture">The catalogue's name: <c>vgg16</c>, <c>resnet50</c>, <c>inception_v3</c>, <c>mobilenet_v1</c> or
    /// <c>mobilenet_v2</c>.</param>
    /// <param name="path">A Keras <c>.h5</c> file, or the <c>model.json</c> of a TensorFlow.js layers model with its shards beside
    /// it.</param>
    /// <param name="options">What differs: number of classes, preprocessing, width of a MobileNet. Names of published weights and key maps
    /// have no meaning here and are refused. Null means the defaults, which prepare images as Keras Applications does.</param>
    /// <returns>The model, on the CPU, with everything trainable. The caller disposes it.</returns>
    /// <exception cref="ArgumentException">Keras weights are not read for that network, or an option has no meaning.</exception>
    /// <exception cref="CheckpointException">The file is damaged, no file of Keras, or belongs to another network; the message names the
    /// place.</exception>
    /// <exception cref="WeightLoadException">Shapes differ: it is the same network with another width.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static ImageModel Load(string architecture, string path, PretrainedOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(architecture);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new PretrainedOptions();
        if (options.Weights is not null || options.KeyMap is not null)
        {
            throw new ArgumentException("Weights and KeyMap have no meaning for a file of Keras; leave them out.", nameof(options));
        }

        return KerasFile.Load(KerasArchitecture.Get(architecture), path, options);
    }

    /// <summary>The same as <see cref="Load"/>, off the calling thread.</summary>
    public static Task<ImageModel> LoadAsync(
        string architecture, string path, PretrainedOptions? options = null, CancellationToken cancellationToken = default)
        => Task.Run(() => Load(architecture, path, options), cancellationToken);

    /// <summary>Lists the arrays of a file, of any network of Keras, without reading them.</summary>
    /// <param name="path">A Keras <c>.h5</c> file, or the <c>model.json</c> of a TensorFlow.js layers model.</param>
    /// <returns>The arrays of float32, layer by layer in the order of the model where the file tells it.</returns>
    /// <exception cref="CheckpointException">The file is damaged, or no file of Keras.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static IReadOnlyList<KerasArray> List(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using KerasSource source = KerasSource.Open(path);
        return
        [
            .. source.Layers.SelectMany(layer => layer.Weights.Select(
                weight => new KerasArray(layer.Name, JsonNamingPolicy.SnakeCaseLower.ConvertName(weight.Role.ToString()), weight.Shape))),
        ];
    }

    /// <summary>VGG16. See <see cref="Load"/> for parameters and errors.</summary>
    public static ImageModel Vgg16(string path, PretrainedOptions? options = null) => Load("vgg16", path, options);

    /// <summary>
    /// ResNet50, the first version, with the stride in the first convolution of a block. See <see cref="Load"/> for parameters and errors.
    /// </summary>
    public static ImageModel ResNet50(string path, PretrainedOptions? options = null) => Load("resnet50", path, options);

    /// <summary>Inception v3, without auxiliary head. See <see cref="Load"/> for parameters and errors.</summary>
    public static ImageModel InceptionV3(string path, PretrainedOptions? options = null) => Load("inception_v3", path, options);

    /// <summary>MobileNet, the first version. See <see cref="Load"/> for parameters and errors.</summary>
    public static ImageModel MobileNet(string path, PretrainedOptions? options = null) => Load("mobilenet_v1", path, options);

    /// <summary>MobileNetV2. See <see cref="Load"/> for parameters and errors.</summary>
    public static ImageModel MobileNetV2(string path, PretrainedOptions? options = null) => Load("mobilenet_v2", path, options);
}
