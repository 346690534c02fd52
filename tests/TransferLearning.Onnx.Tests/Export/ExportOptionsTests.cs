using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;
using Onnx;
using TorchSharp;

namespace TransferLearning.Onnx.Tests;

/// <summary>What an export can be asked for, and what it refuses.</summary>
public sealed class ExportOptionsTests : IDisposable
{
    private const double Tolerance = 1e-4;

    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly IDisposable _guard = torch.no_grad();

    private string File => _folder.File("network.onnx");

    public ExportOptionsTests() => OwnNetworks.Add();

    [Fact]
    public void A_network_of_TorchSharps_layers_gives_the_same_in_onnx_runtime()
    {
        using ImageModel model = Small();
        model.ExportOnnx(File, new OnnxExportOptions { Verify = true });
        Assert.InRange(Difference(model), 0, Tolerance);
    }

    [Theory]
    [InlineData(17)]
    [InlineData(18)]
    [InlineData(20)]
    [InlineData(21)]
    public void A_file_of_each_version_runs(int opset)
    {
        using ImageModel model = ImageModel.Create("mobilenet_v3_small", 3, 1);
        model.ExportOnnx(File, new OnnxExportOptions { Opset = opset });
        Assert.Equal(opset, Read().OpsetImport.Single().Version);
        Assert.InRange(Difference(model), 0, Tolerance);
    }

    [Fact]
    public void The_file_says_what_the_model_is()
    {
        using ImageModel model = Small().For(new Classification(3) { ClassNames = ["ant", "bee", "wasp"] });
        model.ExportOnnx(File);
        using OnnxRun run = new(File);
        Assert.Equal(["ant", "bee", "wasp"], JsonSerializer.Deserialize<string[]>(run.Metadata["class_names"])!);
        Assert.Equal((OwnNetworks.Plain, "classification"), (run.Metadata["architecture"], run.Metadata["task"]));
        Assert.Equal(model.Preprocessor.Fingerprint, run.Metadata["preprocessing"]);
    }

    [Fact]
    public void Weights_keep_their_names()
    {
        using ImageModel model = Small();
        model.ExportOnnx(File);
        IEnumerable<string> names = Read().Graph.Initializer.Select(tensor => tensor.Name);
        Assert.Subset(names.ToHashSet(), model.Module.State().Select(weight => weight.Key).ToHashSet());
    }

    [Fact]
    public void Several_labels_have_a_sigmoid_and_calibrated_classes_their_temperature()
    {
        using ImageModel labels = Small().For(new MultiLabelClassification(["a", "b", "c"]));
        labels.ExportOnnx(File);
        Assert.InRange(Difference(labels, logits => logits.sigmoid()), 0, Tolerance);

        LogitScaling scaling = new(2, [1, 2, 3], [0.5, 0, -1]);
        using ImageModel calibrated = Small().For(new Classification(3) { Scaling = scaling });
        calibrated.ExportOnnx(File);
        Assert.InRange(
            Difference(calibrated, logits => (logits / 2 * torch.tensor([1f, 2, 3]) + torch.tensor([0.5f, 0, -1])).softmax(1)), 0,
                Tolerance);
    }

    [Fact]
    public void Without_a_softmax_or_a_class_there_are_no_probabilities()
    {
        using ImageModel model = Small();
        model.ExportOnnx(File, new OnnxExportOptions { Softmax = false });
        Assert.Equal(["logits"], Read().Graph.Output.Select(output => output.Name));
        using ImageModel regression = Small().For(new Regression());
        regression.ExportOnnx(File);
        Assert.Equal(["logits"], Read().Graph.Output.Select(output => output.Name));
    }

    [Fact]
    public void Lora_is_merged_into_the_file_and_not_into_the_model()
    {
        using TextModel model = TinyText.Model(_folder.File("tokenizer"), new Classification(2)).WithLora();
        new ParityFill("lora", 3).Fill(model.Module.State());
        float[] before = TinyText.Numbers(model.Module);
        OnnxExportReport report = model.ExportOnnx(File);
        Assert.Equal(before, TinyText.Numbers(model.Module));
        Assert.Single(model.AdapterNames());
        Assert.Single(report.Notes);
        Assert.DoesNotContain(Read().Graph.Initializer, tensor => tensor.Name.Contains("lora", StringComparison.OrdinalIgnoreCase));
        Assert.InRange(DifferenceOfTexts(model), 0, Tolerance);
    }

    [Fact]
    public void What_cannot_be_merged_stands_beside_the_weights()
    {
        using TextModel model = TinyText.Model(_folder.File("tokenizer"), new Classification(2)).WithAdapter(
            new BottleneckOptions { Width = 4 });
        new ParityFill("bottleneck", 3).Fill(model.Module.State());
        OnnxExportReport report = model.ExportOnnx(File);
        Assert.Single(report.Notes);
        Assert.InRange(DifferenceOfTexts(model), 0, Tolerance);
    }

    [Fact]
    public void Weights_can_lie_beside_the_file_and_nothing_is_left_of_them_afterwards()
    {
        using ImageModel model = Small();
        OnnxExportReport report = model.ExportOnnx(File, new OnnxExportOptions { ExternalData = true });
        Assert.Equal([File, File + ".data"], report.Files);
        Assert.InRange(Difference(model), 0, Tolerance);
        Assert.Equal([File], model.ExportOnnx(File).Files);
        Assert.Equal(["network.onnx"], Directory.GetFiles(Path.GetDirectoryName(File)!).Select(Path.GetFileName));
    }

    [Fact]
    public void Nothing_stands_under_the_name_of_a_file_that_could_not_be_written()
    {
        using ImageModel model = Small(OwnNetworks.WithoutCounterpart);
        NotSupportedException exception = Assert.Throws<NotSupportedException>(() => model.ExportOnnx(File));
        Assert.Contains("'sort'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("softmax", exception.Message, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(File));
    }

    [Theory]
    [InlineData(OwnNetworks.SharingMemory, "same memory")]
    [InlineData(OwnNetworks.DependingOnBatch, "other operators")]
    public void What_a_graph_cannot_say_is_refused(string architecture, string reason)
    {
        using ImageModel model = Small(architecture);
        NotSupportedException exception = Assert.Throws<NotSupportedException>(() => model.ExportOnnx(File));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_contradict_each_other_or_the_model_are_refused()
    {
        using ImageModel model = Small();
        Assert.Throws<ArgumentException>(() => model.ExportOnnx(File, new OnnxExportOptions { Opset = 16 }));
        Assert.Throws<ArgumentException>(() => model.ExportOnnx(File, new OnnxExportOptions { IncludePreprocessing = true }));
        using TextModel text = TinyText.Model(_folder.File("tokenizer"));
        Assert.Throws<ArgumentException>(() => text.ExportOnnx(File, new OnnxExportOptions { IncludePreprocessing = true, Opset = 18 }));
        model.Module.train();
        Assert.Throws<ArgumentException>(() => model.ExportOnnx(File));
    }

    [Fact]
    public void Weights_of_another_type_are_refused_by_name()
    {
        using ImageModel model = Small();
        model.Module.to(torch.bfloat16);
        Assert.Contains("'stem.weight'", Assert.Throws<NotSupportedException>(() => model.ExportOnnx(File)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_export_leaves_no_tensor_behind()
    {
        TinyText.WriteTokenizer(_folder.File("tokenizer"));
        using TextModel model = TextModel.Create(
            TinyDecoders.T5Config(TinyText.Vocabulary.Count), _folder.File("tokenizer"), new SequenceToSequence(0, 1));
        model.ExportOnnx(File);
        long before = LibTorch.LiveTensorCount;
        model.ExportOnnx(File);
        Assert.Equal(before, LibTorch.LiveTensorCount);
    }

    [Fact]
    public void MlNet_runs_a_file()
    {
        using ImageModel model = Small();
        model.ExportOnnx(File);
        float[] image = [.. torch.rand(3, 16, 16).data<float>()];
        MLContext context = new(seed: 1);
        IDataView data = context.Data.LoadFromEnumerable([new MlImage { Images = image }]);
        OnnxTransformer transformer = context.Transforms.ApplyOnnxModel(
            ["logits"], ["images"], File, new Dictionary<string, int[]> { ["images"] = [1, 3, 16, 16] }, null, false).Fit(data);
        MlLogits row = context.Data.CreateEnumerable<MlLogits>(transformer.Transform(data), reuseRowObject: false).Single();
        Assert.InRange(OnnxRun.Difference(model.Module.call(torch.tensor(image, [1, 3, 16, 16])), row.Logits), 0, Tolerance);
    }

    public void Dispose()
    {
        _guard.Dispose();
        _scope.Dispose();
        _folder.Dispose();
    }

    private static ImageModel Small(string architecture = OwnNetworks.Plain)
    {
        ImageModel model = ImageModel.Create(architecture, 3, 1);
        new ParityFill("own", 3).Fill(model.Module.State());
        return model;
    }

    private ModelProto Read() => ModelProto.Parser.ParseFrom(System.IO.File.ReadAllBytes(File));

    private double DifferenceOfTexts(TextModel model)
    {
        using TokenInput input = new(torch.tensor([2L, 5, 6, 7, 3], [1, 5]), null, torch.zeros([1, 5], torch.int64));
        using OnnxRun run = new(File);
        float[] logits = run.Run(
            ("input_ids", input.Ids), ("attention_mask", input.Mask), ("token_type_ids", input.TypeIds!))["logits"].Values;
        return OnnxRun.Difference(model.Module.call(input), logits);
    }

    private double Difference(ImageModel model, Func<torch.Tensor, torch.Tensor>? probabilities = null)
    {
        int side = model.Preprocess.Crop;
        torch.Tensor images = torch.rand(3, 3, side, side);
        torch.Tensor logits = model.Module.call(images);
        using OnnxRun run = new(File);
        IReadOnlyDictionary<string, (int[] Shape, float[] Values)> outputs = run.Run(("images", images));
        return Math.Max(
            OnnxRun.Difference(logits, outputs["logits"].Values),
            OnnxRun.Difference(probabilities?.Invoke(logits) ?? logits.softmax(1), outputs["probabilities"].Values));
    }

    private sealed class MlImage
    {
        [ColumnName("images")]
        [VectorType(1, 3, 16, 16)]
        public float[] Images { get; set; } = [];
    }

    private sealed class MlLogits
    {
        [ColumnName("logits")]
        public float[] Logits { get; set; } = [];
    }
}
