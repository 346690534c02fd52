using Google.Protobuf;
using Onnx;

namespace TransferLearning.Onnx.Tests;

/// <summary>What a file says of itself.</summary>
public sealed class OnnxDescriptionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder.File("network.onnx");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Inputs_outputs_operators_and_weights_are_described()
    {
        using TextModel model = TinyText.Model(_folder.File("tokenizer"), new Classification(["no", "yes"]));
        OnnxExportReport report = model.ExportOnnx(File);

        OnnxDescription found = OnnxDescription.Read(File);

        Assert.Equal(["input_ids", "attention_mask", "token_type_ids"], found.Inputs.Select(input => input.Name));
        Assert.All(found.Inputs, input => Assert.Equal(("Int64", 2), (input.Type, input.Shape!.Count)));
        Assert.Equal(["logits", "probabilities"], found.Outputs.Select(output => output.Name));
        Assert.EndsWith(", 2]", found.Outputs[0].ToString(), StringComparison.Ordinal);
        Assert.Equal(report.Opset, found.Opset);
        Assert.StartsWith("TransferLearning", found.Producer, StringComparison.Ordinal);
        Assert.Equal(report.Operators.OrderBy(one => one.Key), found.Operators.OrderBy(one => one.Key));
        Assert.Contains(found.Metadata, entry => entry is { Key: "class_names", Value: """["no","yes"]""" });
        OnnxTensor bias = Assert.Single(found.Weights, weight => weight.Name == "classifier.bias");
        Assert.Equal(("Float", 2), (bias.Type, Assert.Single(bias.Shape)));
    }

    [Fact]
    public void A_file_that_ends_too_early_and_a_shape_of_no_array_are_refused()
    {
        using TextModel model = TinyText.Model(_folder.File("tokenizer"), new Classification(["no", "yes"]));
        model.ExportOnnx(File);
        byte[] bytes = System.IO.File.ReadAllBytes(File);
        for (int length = 0; length < bytes.Length; length += 3001)
        {
            System.IO.File.WriteAllBytes(File, bytes[..length]);
            Assert.Throws<CheckpointException>(() => OnnxDescription.Read(File));
        }

        ModelProto file = ModelProto.Parser.ParseFrom(bytes);
        foreach (long size in new[] { -1, long.MaxValue })
        {
            file.Graph.Initializer[0].Dims[0] = size;
            System.IO.File.WriteAllBytes(File, file.ToByteArray());
            Assert.Equal(
                CheckpointErrorKind.BadGeometry, Assert.Throws<CheckpointException>(() => OnnxDescription.Read(File)).Kind);
        }
    }
}
