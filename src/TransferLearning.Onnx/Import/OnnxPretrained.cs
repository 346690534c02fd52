namespace TransferLearning.Onnx;

/// <summary>Networks of the catalogue whose weights come from ONNX files.</summary>
/// <remarks>
/// <para>Weights are found by the graph; names mean nothing. The file's graph and the network's own are run beside each other on the same
/// drawn values. A layer of the file is the network's where kind, shapes, stride, padding, dilation and groups are the same and it takes
/// the same values; so activations, poolings, attention, norms, their epsilons and orders are compared too. No operator of somebody's own,
/// branch or loop is run, and no more is computed than the network's size allows.</para>
/// <para>Where a batch norm was folded into its convolution, the network's norm becomes an identity with the convolution's bias. A file
/// without the classifier is accepted; the head is new then. A softmax or sigmoid behind the classifier is accepted too.</para>
/// </remarks>
public static class OnnxPretrained
{
    /// <summary>Loads a network of the catalogue with the weights of an ONNX file.</summary>
    /// <param name="architecture">The catalogue's name, such as <c>resnet18</c>.</param>
    /// <param name="path">The file. External data may lie in its folder and below.</param>
    /// <param name="options">As for any checkpoint; names of published weights and key maps have no meaning here and are refused.</param>
    /// <param name="import">What images the file's network takes.</param>
    /// <returns>The model, on the CPU, with everything trainable; its report says what was used. The caller disposes it.</returns>
    /// <exception cref="ArgumentException">The architecture is unknown, or an option has no meaning.</exception>
    /// <exception cref="CheckpointException">The file is damaged, or its graph is of another network; the message names the node and what
    /// was expected.</exception>
    /// <exception cref="WeightLoadException">The weights do not fill the backbone.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="NotSupportedException">This build of LibTorch cannot record what the network computes.</exception>
    public static ImageModel Load(
        string architecture, string path, PretrainedOptions? options = null, OnnxImportOptions? import = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(architecture);
        ArgumentException.ThrowIfNullOrEmpty(path);
        (options, import) = (options ?? new PretrainedOptions(), import ?? new OnnxImportOptions());
        import.Check();
        if (options.Weights is not null || options.KeyMap is not null)
        {
            throw new ArgumentException("Weights and KeyMap have no meaning for a file of ONNX; leave them out.", nameof(options));
        }

        OnnxFile file = OnnxFile.Read(path);
        Dictionary<string, Tensor> state;
        using (DisposeScope scope = NewDisposeScope())
        using (no_grad())
        {
            state = OnnxWeights.Of(file, architecture, options.Network, import);
            foreach (Tensor weight in state.Values)
            {
                weight.DetachFromDisposeScope();
            }
        }

        try
        {
            return Pretrained.Load(architecture, StateDict.FromTensors(state, source: path), options);
        }
        finally
        {
            foreach (Tensor weight in state.Values)
            {
                weight.Dispose();
            }
        }
    }

    /// <summary>Loads <c>resnet18_cntk</c> from the <c>ResNet18.onnx</c> of the NuGet package
    /// <c>Microsoft.ML.DnnImageFeaturizer.ResNet18</c>: a ResNet-18 trained on ImageNet, without its classifier. The file's network takes
    /// blue, green and red from 0 to 255.</summary>
    /// <inheritdoc cref="Load"/>
    public static ImageModel ResNet18Cntk(string path, PretrainedOptions? options = null)
        => Load("resnet18_cntk", path, options, new OnnxImportOptions { IsBlueFirst = true, InputScale = 255 });
}
