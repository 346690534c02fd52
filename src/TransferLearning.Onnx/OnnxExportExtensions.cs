using System.Text.Json;

namespace TransferLearning.Onnx;

/// <summary>Writes models as ONNX files.</summary>
public static class OnnxExportExtensions
{
    /// <summary>
    /// Writes a model as an ONNX file, which ONNX Runtime, ML.NET and browsers run without this library. The batch is free, and so is the
    /// length of texts. An encoder-decoder becomes two files, <c>NAME.encoder.onnx</c> and <c>NAME.decoder.onnx</c>.
    /// </summary>
    /// <remarks>
    /// <para>The network is run on two or three small batches and what LibTorch computes is recorded, so every network can be exported
    /// whose operators have a counterpart in ONNX, one of your own too.</para>
    /// <para>Images: <c>images</c>, float32 [N, 3, H, W] prepared as the model's preprocessing says (or uint8 [N, H, W, 3], see
    /// <see cref="OnnxExportOptions.IncludePreprocessing"/>), to <c>logits</c> and <c>probabilities</c>. Texts: <c>input_ids</c>,
    /// <c>attention_mask</c> and, where the network has types, <c>token_type_ids</c>, int64 [N, T], to <c>logits</c>, to
    /// <c>start_logits</c> and <c>end_logits</c>, or without a head to <c>last_hidden_state</c> and <c>embeddings</c>. Text decoders write
    /// without a cache of keys and values.</para>
    /// <para>Class names, task, architecture and preprocessing stand in the file's metadata. An adapter is merged into the weights that are
    /// written where it can be; the model is as before afterwards, and must not be changed meanwhile.</para>
    /// </remarks>
    /// <param name="model">The model; it stays as it is.</param>
    /// <param name="path">The file; it appears under its name only when it is complete.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="NotSupportedException">The network runs an operator that ONNX has no counterpart for (the message lists what can be
    /// exported), its weights are not float32, it is a model of sounds, or this build of LibTorch cannot record.</exception>
    /// <exception cref="ArgumentException">The options contradict each other or do not fit the model.</exception>
    public static OnnxExportReport ExportOnnx(this TransferModel model, string path, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new OnnxExportOptions();
        options.Check();
        Require(model, options);
        List<string> notes = [];
        bool isMerged = Merge(model, notes);
        try
        {
            IReadOnlyList<(string Name, ExportedPart Part)> parts = model switch
            {
                ImageModel images => [("", ImagePart.Of(images))],
                TextModel texts => TextParts.Of(texts, options),
                _ => throw new NotSupportedException(
                    $"{model.GetType().Name} of the architecture {model.Architecture} cannot be exported to ONNX; {nameof(ImageModel)} and "
                        + $"{nameof(TextModel)} can."),
            };
            List<string> files = [];
            Dictionary<string, int> operators = [];
            foreach ((string name, ExportedPart part) in parts)
            {
                (ModelProto file, IReadOnlyList<(string Name, Tensor Value)> weights) = PartTranslation.Of(
                    model.Module, part,
                    (graph, input) => options.IncludePreprocessing
                        ? ImagePart.Prepare(graph, ((ImageModel)model).Preprocess)
                        : (input.Name, input),
                    (graph, outputs) => WithProbabilities(graph, outputs, model.LearningTask, options), options);
                Describe(file, model);
                files.AddRange(OnnxWriter.Write(
                    name.Length == 0 ? path : Path.ChangeExtension(path, $".{name}.onnx"), file, weights, options.ExternalData));
                foreach (NodeProto node in file.Graph.Node)
                {
                    operators[node.OpType] = operators.GetValueOrDefault(node.OpType) + 1;
                }
            }

            return new OnnxExportReport(files, options.Opset, operators, notes);
        }
        finally
        {
            if (isMerged)
            {
                model.UnmergeAdapter();
            }
        }
    }

    private static void Require(TransferModel model, OnnxExportOptions options)
    {
        if (options.IncludePreprocessing && model is not ImageModel)
        {
            throw new ArgumentException(
                $"{nameof(OnnxExportOptions.IncludePreprocessing)} is for images; leave it out for {model.Architecture}.");
        }

        if (model.Module.training)
        {
            throw new ArgumentException("The network is in training mode: call model.Module.eval() before it is exported.");
        }

        foreach ((string name, Tensor weight) in model.Module.State())
        {
            if (weight.dtype is not (ScalarType.Float32 or ScalarType.Int64))
            {
                throw new NotSupportedException(
                    $"'{name}' is {weight.dtype}; weights in float32 can be exported: convert the network first "
                        + "(model.Module.to(float32)).");
            }
        }
    }

    private static bool Merge(TransferModel model, List<string> notes)
    {
        if (model.AdapterNames().Count == 0)
        {
            return false;
        }

        try
        {
            model.MergeAdapter();
            notes.Add("The adapter is merged into the weights.");
            return true;
        }
        catch (InvalidOperationException exception)
        {
            notes.Add($"The adapter in use stands beside the weights, with operators of its own: {exception.Message}");
            return false;
        }
    }

    private static IReadOnlyList<OnnxOutput> WithProbabilities(
        OnnxGraph graph, IReadOnlyList<OnnxOutput> outputs, LearningTask task, OnnxExportOptions options)
    {
        if (!options.Softmax || task is not ClassTask)
        {
            return outputs;
        }

        OnnxOutput logits = outputs[0];
        string scaled = logits.Value;
        if ((task as Classification)?.Scaling is { } scaling)
        {
            scaled = graph.Add("Div", [scaled, graph.Scalar(scaling.Temperature, TensorProto.Types.DataType.Float)]);
            scaled = scaling.Weights is null ? scaled : graph.Add("Mul", [scaled, graph.Floats([scaling.Weights.Count], scaling.Weights)]);
            scaled = scaling.Biases is null ? scaled : graph.Add("Add", [scaled, graph.Floats([scaling.Biases.Count], scaling.Biases)]);
        }

        string probabilities = task is MultiLabelClassification
            ? graph.Add("Sigmoid", [scaled])
            : graph.Add("Softmax", [scaled], ("axis", -1));
        return [.. outputs, logits with { Name = "probabilities", Value = probabilities }];
    }

    private static void Describe(ModelProto file, TransferModel model)
    {
        Add("architecture", model.Architecture);
        Add("task", model.LearningTask.Name);
        if (model.LearningTask is ClassTask { HasClassNames: true })
        {
            Add("class_names", JsonSerializer.Serialize(model.ClassNames));
        }

        Add("preprocessing", model.Preprocessor.Fingerprint);

        void Add(string key, string value) => file.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
    }
}
