using Onnx;
using TorchSharp;

namespace TransferLearning.Onnx.Tests;

/// <summary>Preprocessing as a part of the graph, beside the library's own.</summary>
public sealed class PreprocessingExportTests
{
    private static readonly string[] Whole = ["images"];

    [Theory]
    [InlineData(300, 400, Interpolation.Bilinear)]
    [InlineData(375, 500, Interpolation.Bilinear)]
    [InlineData(641, 333, Interpolation.Bilinear)]
    [InlineData(120, 90, Interpolation.Bilinear)]
    [InlineData(375, 500, Interpolation.Bicubic)]
    [InlineData(90, 130, Interpolation.Bicubic)]
    public void Images_differ_by_one_level_at_most(int height, int width, Interpolation interpolation)
    {
        ImagePreprocess preprocess = ImagePreprocess.ImageNet with { Interpolation = interpolation };
        double[] differences = Differences(preprocess, height, width);
        Assert.InRange(differences.Max(), 0, 1.01);
        Assert.InRange(differences.Average(), 0, 0.002);
    }

    [Fact]
    public void Images_that_are_only_cropped_are_the_same()
        => Assert.InRange(Differences(new ImagePreprocess(0, 32, new(0.5f, 0.4f, 0.3f), new(0.2f, 0.3f, 0.4f)), 41, 32).Max(), 0, 1e-3);

    [Fact]
    public void A_model_takes_images_of_any_size()
    {
        OwnNetworks.Add();
        using TemporaryFolder folder = new();
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageModel model = ImageModel.Create(OwnNetworks.Plain, 3, 1);
        model.ExportOnnx(folder.File("whole.onnx"), new OnnxExportOptions { IncludePreprocessing = true, Opset = 18 });
        using OnnxRun run = new(folder.File("whole.onnx"));
        Assert.Equal([-1, -1, -1, 3], run.Inputs["images"].Dimensions);
        foreach ((int height, int width) in new[] { (40, 30), (25, 64) })
        {
            (RawImage image, torch.Tensor pixels) = Photograph(height, width);
            float[] expected = Prepared(model.Preprocessor, image);
            using IDisposable guard = torch.no_grad();
            torch.Tensor logits = model.Module.call(torch.tensor(expected, [1, 3, 16, 16]).expand(2, 3, 16, 16));
            Assert.InRange(
                OnnxRun.Difference(logits, run.Run(("images", pixels.expand(2, height, width, 3)))["logits"].Values), 0, 0.01);
        }
    }

    [Fact]
    public void A_filter_that_onnx_does_not_have_is_refused()
        => Assert.Contains(
            "Lanczos",
            Assert.Throws<NotSupportedException>(
                () => ImagePart.Prepare(
                    new OnnxGraph(18, []), ImagePreprocess.ImageNet with { Interpolation = Interpolation.Lanczos })).Message,
            StringComparison.Ordinal);

    // In levels of 255.
    private static double[] Differences(ImagePreprocess preprocess, int height, int width)
    {
        using TemporaryFolder folder = new();
        using DisposeScope scope = torch.NewDisposeScope();
        (RawImage image, torch.Tensor pixels) = Photograph(height, width);
        float[] expected = Prepared(ImagePipeline.ForEvaluation(preprocess), image);
        OnnxGraph graph = new(18, []);
        (string name, _) = ImagePart.Prepare(graph, preprocess);
        ModelProto model = new() { IrVersion = 8, Graph = new GraphProto { Name = "preprocessing" } };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = 18 });
        model.Graph.Node.AddRange(graph.Nodes);
        model.Graph.Initializer.AddRange(graph.Constants);
        model.Graph.Input.Add(Described(Whole[0], TensorProto.Types.DataType.Uint8));
        model.Graph.Output.Add(Described(name, TensorProto.Types.DataType.Float));
        File.WriteAllBytes(folder.File("preprocessing.onnx"), Google.Protobuf.MessageExtensions.ToByteArray(model));
        using OnnxRun run = new(folder.File("preprocessing.onnx"));
        float[] actual = run.Run((Whole[0], pixels))[name].Values;
        Assert.Equal(expected.Length, actual.Length);
        float[] levels = [preprocess.Std.Red * 255, preprocess.Std.Green * 255, preprocess.Std.Blue * 255];
        return [.. expected.Zip(actual).Select(
            (pair, place) => (double)Math.Abs(pair.First - pair.Second) * levels[place / (expected.Length / 3)])];
    }

    private static ValueInfoProto Described(string name, TensorProto.Types.DataType type)
    {
        TypeProto.Types.Tensor tensor = new() { ElemType = (int)type, Shape = new TensorShapeProto() };
        for (int axis = 0; axis < 4; axis++)
        {
            tensor.Shape.Dim.Add(new TensorShapeProto.Types.Dimension());
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    private static float[] Prepared(Preprocessor preprocessor, RawImage image)
    {
        StackedPreprocessor stacked = (StackedPreprocessor)preprocessor;
        float[] numbers = new float[stacked.Shape.Aggregate(1L, (product, length) => product * length)];
        SeededRandom random = new(0);
        stacked.Apply(new Sample("image", 0, image), ref random, numbers);
        return numbers;
    }

    // Slopes, edges and noise.
    private static (RawImage Image, torch.Tensor Pixels) Photograph(int height, int width)
    {
        SeededRandom random = new(7);
        byte[] rgb = new byte[height * width * 3];
        for (int place = 0; place < rgb.Length; place++)
        {
            (int y, int x, int channel) = (place / 3 / width, place / 3 % width, place % 3);
            int value = (x * 150 / width) + (y * 60 / height) + ((x / 17) + (y / 23)) % 2 * 60 + random.NextInt32(30) - (channel * 12);
            rgb[place] = (byte)Math.Clamp(value, 0, 255);
        }

        return (new RawImage(width, height, rgb), torch.tensor(rgb, [1, height, width, 3], torch.uint8));
    }
}
