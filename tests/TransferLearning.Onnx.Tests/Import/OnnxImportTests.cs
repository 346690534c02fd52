using System.Runtime.InteropServices;
using Google.Protobuf;
using Onnx;
using TorchSharp;
using TransferLearning.Exchange.Tests;

namespace TransferLearning.Onnx.Tests;

/// <summary>Weights of ONNX files in networks of the catalogue.</summary>
public sealed class OnnxImportTests
{
    public static TheoryData<string> Exported
        => [.. Directory.GetFiles(Fixtures, "small-*.onnx").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static string Fixtures => Path.Combine(AppContext.BaseDirectory, "Fixtures");

    [Theory]
    [MemberData(nameof(Exported))]
    public void What_torch_onnx_export_wrote_computes_what_onnx_runtime_computes(string name)
    {
        SmallNetwork.Add();
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable guard = torch.no_grad();
        string path = Path.Combine(Fixtures, name);
        using ImageModel model = OnnxPretrained.Load(SmallNetwork.Architecture, path);
        Assert.Empty(model.LoadReport!.Missing);
        Assert.Empty(model.LoadReport.Unexpected);
        Assert.Equal(5, model.Classes);
        AssertSame(model, path, 16);
    }

    [Theory]
    [InlineData("mobilenet_v3_small")]
    [InlineData("shufflenet_v2_x0_5")]
    [InlineData("squeezenet1_1")]
    public void What_the_Python_of_this_machine_writes_computes_what_onnx_runtime_computes(string architecture)
    {
        Python.Require();
        using TemporaryFolder folder = new();
        Python.Run(
            """
            import os, sys, warnings, torch, torchvision
            warnings.simplefilter("ignore")
            torch.set_num_threads(1)
            torch.manual_seed(1)
            model = getattr(torchvision.models, sys.argv[2])(num_classes=5).eval()
            for module in model.modules():
                if isinstance(module, torch.nn.BatchNorm2d):
                    module.weight.data.uniform_(0.8, 1.6)
                    module.running_mean.uniform_(-0.3, 0.3)
                    module.running_var.uniform_(0.3, 1)
            modes = {"folded": torch.onnx.TrainingMode.EVAL, "plain": torch.onnx.TrainingMode.PRESERVE}
            for name, mode in modes.items():
                torch.onnx.export(
                    model, torch.zeros(1, 3, 64, 64), os.path.join(sys.argv[1], name + ".onnx"), opset_version=13, training=mode,
                    do_constant_folding=name == "folded")
            """,
            folder.Path,
            architecture);
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable guard = torch.no_grad();
        foreach (string name in (string[])["folded", "plain"])
        {
            using ImageModel model = OnnxPretrained.Load(architecture, folder.File($"{name}.onnx"));
            Assert.Empty(model.LoadReport!.Missing);
            AssertSame(model, folder.File($"{name}.onnx"), 64);
        }
    }

    [Fact]
    public void A_file_that_ends_before_the_classifier_fills_the_backbone_and_the_head_is_new()
    {
        using TemporaryFolder folder = new();
        ModelProto file = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(Fixtures, "small-17-plain.onnx")));
        NodeProto last = file.Graph.Node.Single(node => node.OpType == "Gemm");
        file.Graph.Output[0].Name = last.Input[0];
        file.Graph.Node.Remove(last);
        File.WriteAllBytes(folder.File("backbone.onnx"), file.ToByteArray());
        SmallNetwork.Add();
        using ImageModel model = OnnxPretrained.Load(SmallNetwork.Architecture, folder.File("backbone.onnx"));
        Assert.All(model.LoadReport!.Unexpected, name => Assert.StartsWith("classifier.", name, StringComparison.Ordinal));
        Assert.Contains("proj.weight", model.LoadReport.Applied);
        Assert.DoesNotContain("classifier.weight", model.LoadReport.Applied);
    }

    [Fact]
    public void A_softmax_behind_the_classifier_and_weights_that_nothing_uses_do_not_disturb()
    {
        using TemporaryFolder folder = new();
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable guard = torch.no_grad();
        ModelProto file = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(Fixtures, "small-17-plain.onnx")));
        NodeProto softmax = new() { OpType = "Softmax", Name = "softmax" };
        softmax.Input.Add(file.Graph.Output[0].Name);
        softmax.Output.Add("probabilities");
        file.Graph.Node.Add(softmax);
        file.Graph.Output[0].Name = "probabilities";
        TensorProto idle = new() { Name = "idle", DataType = 1, RawData = Bytes([1, 2]) };
        idle.Dims.Add(2);
        file.Graph.Initializer.Add(idle);
        File.WriteAllBytes(folder.File("softmax.onnx"), file.ToByteArray());
        SmallNetwork.Add();
        using ImageModel model = OnnxPretrained.Load(SmallNetwork.Architecture, folder.File("softmax.onnx"));
        Assert.Equal(["idle"], model.LoadReport!.Unexpected);
        using ImageModel plain = OnnxPretrained.Load(SmallNetwork.Architecture, Path.Combine(Fixtures, "small-17-plain.onnx"));
        torch.Tensor images = torch.rand(2, 3, 16, 16);
        Assert.InRange(OnnxRun.Difference(plain.Module.call(images), model.Module.call(images).data<float>().ToArray()), 0, 1e-7);
    }

    [Fact]
    public void The_epsilon_of_a_batch_norm_goes_into_its_variance()
    {
        using TemporaryFolder folder = new();
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable guard = torch.no_grad();
        ModelProto file = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(Fixtures, "small-17-plain.onnx")));
        file.Graph.Node.Single(node => node.OpType == "BatchNormalization").Attribute.Single(one => one.Name == "epsilon").F = 0.1f;
        File.WriteAllBytes(folder.File("epsilon.onnx"), file.ToByteArray());
        SmallNetwork.Add();
        using ImageModel model = OnnxPretrained.Load(SmallNetwork.Architecture, folder.File("epsilon.onnx"));
        AssertSame(model, folder.File("epsilon.onnx"), 16);
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

    private static void AssertSame(ImageModel model, string path, int side)
    {
        using OnnxRun run = new(path);
        torch.Tensor images = torch.rand(1, 3, side, side);
        float[] outputs = run.Run((run.Inputs.Keys.First(), images)).Values.First().Values;
        Assert.Contains(outputs, number => Math.Abs(number) > 1e-3);
        Assert.InRange(OnnxRun.Difference(model.Module.call(images), outputs), 0, 1e-4);
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

    }

    private static ByteString Bytes(float[] values) => ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan()));
}
