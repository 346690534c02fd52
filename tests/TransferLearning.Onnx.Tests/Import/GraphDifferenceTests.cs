using Onnx;
using TorchSharp;

namespace TransferLearning.Onnx.Tests;

/// <summary>Graphs that compute something else than the network are refused, and the message says what and where.</summary>
public sealed class GraphDifferenceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string, string> Changes => new()
    {
        { "another activation", "Clip", "Relu" },
        { "a leaky activation", "Clip", "LeakyRelu" },
        { "HardSwish as SiLU", "HardSwish", "Sigmoid" },
        { "HardSwish as Mish", "HardSwish", "Mish" },
        { "GELU by tanh", "Erf", "Tanh" },
        { "another pooling", "MaxPool", "AveragePool" },
        { "means without padding", "AveragePool", "count_include_pad" },
        { "another window", "MaxPool", "strides" },
        { "another stride", "Conv", "strides" },
        { "another padding", "Conv", "pads" },
        { "other groups", "Conv", "group" },
        { "another epsilon", "LayerNormalization", "epsilon" },
        { "another axis", "Softmax", "axis" },
        { "another order of tokens", "Concat", "reversed" },
        { "another scale of attention", "Div", "reversed" },
        { "a difference for a sum", "Add", "Sub" },
        { "an operator that is not known", "Softmax", "Hardmax" },
        { "an operator of somebody's own", "Softmax", "domain" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_graph_that_computes_something_else_is_refused(string what, string type, string change)
    {
        ModelProto file = Exported();
        NodeProto node = file.Graph.Node.Last(one => one.OpType == type && (type != "Add" || one.Input.All(Computed(file)))
            && (type != "Conv" || one.Input[1] == "mix.weight"));
        AttributeProto? attribute = node.Attribute.FirstOrDefault(one => one.Name == change);
        switch (change)
        {
            case "reversed":
                (node.Input[0], node.Input[1]) = (node.Input[1], node.Input[0]);
                break;
            case "domain":
                node.Domain = "com.example";
                break;
            case "strides":
                (attribute!.Ints[0], attribute.Ints[1]) = (1, 1);
                if (type == "Conv")
                {
                    (attribute.Ints[0], attribute.Ints[1]) = (2, 2);
                }

                break;
            case "pads":
                (attribute!.Ints[0], attribute.Ints[2]) = (0, 2);
                break;
            case "group" or "axis" or "count_include_pad":
                attribute!.I = change == "count_include_pad" ? 0 : 1;
                break;
            case "epsilon":
                attribute!.F = 1e-5f;
                break;
            default:
                node.OpType = change;
                if (change is "Relu" or "LeakyRelu")
                {
                    node.Input.RemoveAt(2);
                    node.Input.RemoveAt(1);
                }

                break;
        }

        string message = Refusal(file);
        Assert.True(message.Contains("another one than that of", StringComparison.Ordinal)
            || message.Contains("not read", StringComparison.Ordinal)
            || message.Contains("does not fit", StringComparison.Ordinal)
                || message.Contains("cannot", StringComparison.Ordinal), $"{what}: {message}");
        Assert.Contains("node '", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_message_says_what_lies_before_the_part_that_differs()
    {
        ModelProto file = Exported();
        file.Graph.Node.Single(one => one.OpType == "HardSwish").OpType = "Mish";
        string message = Refusal(file);
        Assert.Matches("the network has HardSwish, AveragePool.*the file Mish, AveragePool", message);
    }

    [Fact]
    public void Names_mean_nothing()
    {
        ModelProto file = Exported();
        Dictionary<string, string> names = file.Graph.Initializer.Index()
            .ToDictionary(entry => entry.Item.Name, entry => $"w{entry.Index}");
        foreach (TensorProto stored in file.Graph.Initializer)
        {
            stored.Name = names[stored.Name];
        }

        foreach (NodeProto node in file.Graph.Node)
        {
            for (int place = 0; place < node.Input.Count; place++)
            {
                node.Input[place] = names.GetValueOrDefault(node.Input[place], node.Input[place]);
            }
        }

        File.WriteAllBytes(_folder.File("renamed.onnx"), Google.Protobuf.MessageExtensions.ToByteArray(file));
        using ImageModel expected = OnnxPretrained.Load(SmallNetwork.Architecture, _folder.File("network.onnx"));
        using ImageModel read = OnnxPretrained.Load(SmallNetwork.Architecture, _folder.File("renamed.onnx"));
        Assert.All(expected.Module.State().Zip(read.Module.State()), pair
            => Assert.True(pair.First.Value.eq(pair.Second.Value).all().item<bool>(), pair.First.Key));
    }

    public void Dispose() => _folder.Dispose();

    private static Func<string, bool> Computed(ModelProto file) => name => file.Graph.Initializer.All(stored => stored.Name != name);

    private ModelProto Exported()
    {
        using ImageModel model = SmallNetwork.Model();
        model.ExportOnnx(_folder.File("network.onnx"), new OnnxExportOptions { Softmax = false });
        return ModelProto.Parser.ParseFrom(File.ReadAllBytes(_folder.File("network.onnx")));
    }

    private string Refusal(ModelProto file)
    {
        File.WriteAllBytes(_folder.File("changed.onnx"), Google.Protobuf.MessageExtensions.ToByteArray(file));
        return Assert.Throws<CheckpointException>(() => OnnxPretrained.Load(SmallNetwork.Architecture, _folder.File("changed.onnx")))
            .Message;
    }
}
