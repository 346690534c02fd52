using System.Runtime.InteropServices;
using Google.Protobuf;
using Onnx;
using TorchSharp;

namespace TransferLearning.Onnx.Tests;

/// <summary>Weights of ONNX files in networks of the catalogue.</summary>
public sealed class OnnxImportTests
{
    [Theory]
    [InlineData("resnet18")]
    [InlineData("resnet18_cntk")]
    [InlineData("mobilenet_v2")]
    [InlineData("mobilenet_v3_small")]
    [InlineData("densenet121")]
    [InlineData("googlenet")]
    [InlineData("squeezenet1_1")]
    public void What_was_exported_is_read_back_by_its_graph(string architecture)
    {
        using TemporaryFolder folder = new();
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable guard = torch.no_grad();
        using ImageModel model = ImageModel.Create(architecture, 7, seed: 1);
        new ParityFill("onnx", 3).Fill(model.Module.State());
        string path = folder.File("network.onnx");
        model.ExportOnnx(path, new OnnxExportOptions { Softmax = false });
        using ImageModel read = OnnxPretrained.Load(architecture, path);
        Assert.Equal(7, read.Classes);
        AssertSame(model, read);
    }

    [Fact]
    public void Norms_that_were_folded_into_convolutions_become_identities()
    {
        using TemporaryFolder folder = new();
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable guard = torch.no_grad();
        using ImageModel model = ImageModel.Create("resnet18", 7, seed: 1);
        new ParityFill("onnx", 3).Fill(model.Module.State());
        string path = folder.File("network.onnx");
        model.ExportOnnx(path, new OnnxExportOptions { Softmax = false });
        Fold(path);
        using ImageModel read = OnnxPretrained.Load("resnet18", path);
        Assert.Empty(read.LoadReport!.Missing);
        Assert.Empty(read.LoadReport.Unexpected);
        AssertSame(model, read);
    }

    [Fact]
    public void A_graph_of_another_network_is_refused_where_it_differs()
    {
        using TemporaryFolder folder = new();
        using ImageModel model = ImageModel.Create("resnet18", 7, seed: 1);
        string path = folder.File("network.onnx");
        model.ExportOnnx(path);
        CheckpointException error = Assert.Throws<CheckpointException>(() => OnnxPretrained.Load("resnet34", path));
        Assert.Contains("resnet34", error.Message, StringComparison.Ordinal);
        Assert.Contains("is expected here", error.Message, StringComparison.Ordinal);
        Assert.Throws<CheckpointException>(() => OnnxPretrained.Load("resnet18_cntk", path));
    }

    [Fact]
    public void The_backbone_of_a_published_package_computes_what_onnx_runtime_computes()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable guard = torch.no_grad();
        string path = Path.Combine(AppContext.BaseDirectory, "ResNet18.onnx");
        using ImageModel model = OnnxPretrained.ResNet18Cntk(path); // README
        Assert.All(model.LoadReport!.Missing, name => Assert.StartsWith("fc.", name, StringComparison.Ordinal));
        Assert.Empty(model.LoadReport!.Unexpected);
        using OnnxRun run = new(path);
        torch.Tensor images = torch.rand(1, 3, 224, 224);
        torch.Tensor features = model.Module.ForwardFeatures(images);
        float[] outputs = run.Run((run.Inputs.Keys.Single(), images.flip(1).mul(torch.tensor(255f)))).Values.Single().Values;
        Assert.InRange(OnnxRun.Difference(features, outputs), 0, 1e-4);
    }

    [Fact]
    public void Damaged_files_are_refused()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("damaged.onnx");
        File.WriteAllBytes(path, [0x3a, 0xff, 0xff, 0xff, 0xff, 0x07, 1, 2, 3]);
        Assert.Throws<CheckpointException>(() => OnnxPretrained.Load("resnet18", path));
        File.WriteAllBytes(path, []);
        Assert.Throws<CheckpointException>(() => OnnxPretrained.Load("resnet18", path));
    }

    private static void AssertSame(ImageModel model, ImageModel read)
    {
        torch.Tensor images = torch.rand(1, 3, model.Preprocess.Crop, model.Preprocess.Crop);
        (torch.Tensor first, torch.Tensor second) = (model.Module.call(images), read.Module.call(images));
        Assert.InRange(OnnxRun.Difference(first, second.data<float>().ToArray()), 0, 1e-5);
    }

    private static void Fold(string path)
    {
        ModelProto file = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        Dictionary<string, TensorProto> stored = file.Graph.Initializer.ToDictionary(initializer => initializer.Name);
        foreach (NodeProto norm in file.Graph.Node.Where(node => node.OpType == "BatchNormalization").ToArray())
        {
            NodeProto layer = file.Graph.Node.First(node => node.Output.Contains(norm.Input[0]));
            float[][] values = [.. norm.Input.Skip(1).Select(name => Floats(stored[name]))];
            float epsilon = norm.Attribute.First(attribute => attribute.Name == "epsilon").F;
            float[] weight = Floats(stored[layer.Input[1]]), bias = new float[values[0].Length];
            for (int channel = 0; channel < bias.Length; channel++)
            {
                float factor = values[0][channel] / MathF.Sqrt(values[3][channel] + epsilon);
                bias[channel] = values[1][channel] - (factor * values[2][channel]);
                int size = weight.Length / bias.Length;
                for (int i = channel * size; i < (channel + 1) * size; i++)
                {
                    weight[i] *= factor;
                }
            }

            stored[layer.Input[1]].RawData = Bytes(weight);
            TensorProto added = new()
            {
                Name = $"{norm.Name}_bias",
                DataType = (int)TensorProto.Types.DataType.Float,
                RawData = Bytes(bias)
            };
            added.Dims.Add(bias.Length);
            file.Graph.Initializer.Add(added);
            layer.Input.Add(added.Name);
            foreach (string name in norm.Input.Skip(1))
            {
                file.Graph.Initializer.Remove(stored[name]);
            }

            (string from, string to) = (norm.Output[0], layer.Output[0]);
            file.Graph.Node.Remove(norm);
            foreach (NodeProto node in file.Graph.Node)
            {
                for (int i = 0; i < node.Input.Count; i++)
                {
                    node.Input[i] = node.Input[i] == from ? to : node.Input[i];
                }
            }
        }

        File.WriteAllBytes(path, file.ToByteArray());

        static float[] Floats(TensorProto stored) => MemoryMarshal.Cast<byte, float>(stored.RawData.Span).ToArray();

        static ByteString Bytes(float[] values) => ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan()));
    }
}
