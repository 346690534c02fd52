using TorchSharp;

namespace TransferLearning.Onnx.Tests;

/// <summary>Networks of images, run by ONNX Runtime.</summary>
public sealed class ImageExportTests
{
    private const double Tolerance = 1e-4;

    public static TheoryData<string> OneOfEachFamily =>
    [
        "resnet18", "resnet20", "squeezenet1_1", "mobilenet_v1", "mobilenet_v2", "mobilenet_v3_small", "efficientnet_b0", "densenet121",
        "googlenet", "inception_v3", "convnext_tiny", "regnet_y_400mf", "shufflenet_v2_x0_5", "mnasnet0_5", "swin_t", "maxvit_t",
        "vit_b_32", "alexnet", "vgg11",
    ];

    // Beyond, a matrix keeps the numbers that it was initialised with, which are sooner there.
    private const long LargestFilled = 4_000_000;

    // Other tests add some of their own.
    private static IEnumerable<ModelFamily> Families
        => ModelCatalog.Families.Where(family => family.GetType().Assembly == typeof(ModelCatalog).Assembly);

    [Theory]
    [MemberData(nameof(OneOfEachFamily))]
    public void A_network_gives_the_same_in_onnx_runtime_and_read_back(string architecture) => Check(architecture);

    [Fact]
    public void Every_family_is_among_those_that_run_each_time()
    {
        IEnumerable<string> covered = OneOfEachFamily.Select(row => row.Data);
        Assert.All(Families, family => Assert.Contains(family.Variants, variant => covered.Contains(variant.Name)));
    }

    private static void Check(string architecture)
    {
        using TemporaryFolder folder = new();
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable guard = torch.no_grad();
        using ImageModel model = ImageModel.Create(architecture, 7, seed: 1);
        new ParityFill("onnx", 3).Fill(model.Module.State().Where(weight => weight.Value.numel() < LargestFilled));
        string path = folder.File("network.onnx");
        model.ExportOnnx(path); // README
        using ImageModel read = OnnxPretrained.Load(architecture, path);
        Assert.Empty(read.LoadReport!.Unexpected);
        Assert.Equal(7, read.Classes);
        using OnnxRun run = new(path);
        Assert.Equal([-1, 3, model.Preprocess.Crop, model.Preprocess.Crop], run.Inputs["images"].Dimensions);
        foreach (int count in new[] { 1, 3 })
        {
            torch.Tensor images = torch.rand(count, 3, model.Preprocess.Crop, model.Preprocess.Crop);
            torch.Tensor logits = model.Module.call(images);
            IReadOnlyDictionary<string, (int[] Shape, float[] Values)> outputs = run.Run(("images", images));
            Assert.Equal([count, 7], outputs["logits"].Shape);
            Assert.InRange(OnnxRun.Difference(logits, outputs["logits"].Values), 0, Tolerance);
            Assert.InRange(OnnxRun.Difference(logits.softmax(1), outputs["probabilities"].Values), 0, Tolerance);
            Assert.InRange(OnnxRun.Difference(read.Module.call(images), outputs["logits"].Values), 0, Tolerance);
        }
    }
}
