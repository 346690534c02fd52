namespace TransferLearning.Onnx;

/// <summary>A network of images as a file has it: what it takes, and its preprocessing as a part of the graph.</summary>
internal static class ImagePart
{
    private const string Images = "images";

    private static readonly Size Batch = Size.Free(0);

    /// <summary>What is exported.</summary>
    public static ExportedPart Of(ImageModel model)
    {
        if (model.Spectrograms is not null)
        {
            throw new NotSupportedException("This model is for sounds, as images of their spectrograms; models of images can be exported.");
        }

        IReadOnlyList<long> shape = ((StackedPreprocessor)model.Preprocessor).Shape;
        return new ExportedPart(
            [new PartInput(Images, "Float", [Batch, .. shape.Select(length => new Size(length))])],
            [model.LearningTask.Head.Kind == HeadKind.None ? "features" : "logits"],
            ["batch"],
            [[2], [3]],
            sizes =>
            {
                ImageInput input = new(rand([sizes[0], .. shape], ScalarType.Float32, model.Device.ToTorch()));
                return new ExportedSample([input.Values], input);
            },
            sample => [model.Module.call(sample.Input)]);
    }

    /// <summary>The network for images of one shape [N, 3, H, W] alone.</summary>
    public static ExportedPart Of(ImageModel model, IReadOnlyList<long> shape)
        => Of(model) with
        {
            Inputs = [new PartInput(Images, "Float", [.. shape.Select(length => new Size(length))])],
            Dimensions = [],
            Runs = [[]],
            Sample = _ =>
            {
                ImageInput input = new(rand([.. shape], ScalarType.Float32, model.Device.ToTorch()));
                return new ExportedSample([input.Values], input);
            },
        };

    /// <summary>Puts resizing, cropping and normalising before the network.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="preprocess">How the network wants its images.</param>
    /// <returns>The name of what the network takes, and the input of the file: uint8 [N, H, W, 3].</returns>
    public static (string Name, PartInput Input) Prepare(OnnxGraph graph, ImagePreprocess preprocess)
    {
        PartInput input = new(Images, "Byte", [Batch, Size.Free(1), Size.Free(2), new Size(3)]);
        string planes = graph.Add(
            "Transpose", [graph.Cast(Images, "Byte", "Float")], ("perm", new long[] { 0, 3, 1, 2 })); // [N, 3, H, W]
        (string height, string width) = (Side(1), Side(2));
        if (preprocess.Resize > 0)
        {
            (string, object)[] filter = preprocess.Interpolation switch
            {
                Interpolation.Bilinear => [("mode", "linear")],
                Interpolation.Bicubic => [("mode", "cubic"), ("cubic_coeff_a", -0.5), ("exclude_outside", 1)],
                Interpolation other => throw new NotSupportedException(
                    $"The model's images are resized by the filter {other}, which ONNX does not have: leave IncludePreprocessing out."),
            };
            string shorter = graph.Add("Min", [height, width]);
            (string rows, height, width) = (height, Resized(height), Resized(width));

            // As Pillow does: one direction after the other, with whole numbers between.
            planes = Filtered(planes, rows, width);
            planes = Filtered(planes, height, width);

            string Resized(string side) => graph.Add("Div", [graph.Add("Mul", [side, graph.Whole(preprocess.Resize)]), shorter]);

            string Filtered(string input, string toHeight, string toWidth)
            {
                string resized = graph.Add(
                    "Resize", [input, "", "", graph.Add("Concat", [Side(0), graph.Whole(3), toHeight, toWidth], ("axis", 0))],
                    [.. filter, ("antialias", 1), ("coordinate_transformation_mode", "half_pixel")]);
                return graph.Add("Clip", [graph.Add("Floor", [graph.Add("Add", [resized, Number(0.5)])]), Number(0), Number(255)]);
            }
        }

        (string top, string left) = (Offset(height), Offset(width));
        planes = graph.Add("Slice",
        [
            planes, graph.Add("Concat", [top, left], ("axis", 0)),
            graph.Add("Concat", [End(top), End(left)], ("axis", 0)), graph.Whole(2, 3),
        ]);
        planes = graph.Add("Reshape", [planes, graph.Whole(-1, 3, preprocess.Crop, preprocess.Crop)]);
        (ChannelValues mean, ChannelValues std) = (preprocess.Mean, preprocess.Std);
        string centred = graph.Add("Sub", [graph.Add("Div", [planes, Number(255)]), Channels(mean)]);
        return (graph.Add("Div", [centred, Channels(std)]), input);

        string Number(double number) => graph.Scalar(number, TensorProto.Types.DataType.Float);

        string Channels(ChannelValues values) => graph.Floats([1, 3, 1, 1], [values.Red, values.Green, values.Blue]);

        string Side(int axis) => graph.Add("Slice", [graph.Add("Shape", [Images]), graph.Whole(axis), graph.Whole(axis + 1)]);

        // Halves go to the even neighbour.
        string Offset(string side) => graph.Cast(
            graph.Add("Round",
            [
                graph.Add("Div", [graph.Cast(graph.Add("Sub", [side, graph.Whole(preprocess.Crop)]), "Long", "Float"), Number(2)]),
            ]), "Float", "Long");

        string End(string start) => graph.Add("Add", [start, graph.Whole(preprocess.Crop)]);
    }
}
