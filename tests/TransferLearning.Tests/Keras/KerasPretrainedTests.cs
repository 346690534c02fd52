using TorchSharp;
using TransferLearning.Keras;

namespace TransferLearning.Tests;

public sealed class KerasPretrainedTests : IDisposable
{
    private const double RelativeTolerance = 2e-5;
    private readonly string _folder = Directory.CreateTempSubdirectory("keras").FullName;

    public static TheoryData<string> Networks => [.. KerasGolden.All.Select(golden => golden.Name)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_published_layout_gives_what_Keras_computes(string name)
    {
        KerasGolden golden = Golden(name);
        using ImageModel model = KerasPretrained.Load(golden.Architecture, FileOf(golden));

        using torch.Tensor input = golden.Input(model.Preprocess);
        using IDisposable noGradient = torch.no_grad();
        using torch.Tensor map = model.Module.ForwardMap(input);
        using torch.Tensor pooled = map.mean([2, 3]);
        AssertClose(golden.Pooled, pooled, "pooled map");
        using torch.Tensor mean = map.mean();
        AssertClose([golden.Map_mean], mean, "map's mean");
        Assert.NotNull(model.LoadReport);
        Assert.Empty(model.LoadReport.Unexpected);
        Assert.EndsWith(".h5", model.LoadReport.Source, StringComparison.Ordinal);
        if (golden.Logits is not null)
        {
            using torch.Tensor logits = model.Module.call(input);
            AssertClose(golden.Logits, logits, "logits");
            Assert.Equal(golden.Logits.Length, model.Classes);
            Assert.Equal(1, model.LoadReport.Coverage);
            Assert.Empty(model.LoadReport.Missing);
        }
        else
        {
            Assert.All(model.LoadReport.Missing, missing => Assert.StartsWith("classifier.", missing));
        }
    }

    [Fact]
    public void A_file_without_its_top_keeps_the_backbone()
    {
        KerasGolden golden = Golden("mobilenet_v2");
        string path = Path.Combine(_folder, "notop.h5");
        golden.Write(path, layer => layer == "predictions");

        using ImageModel model = KerasPretrained.MobileNetV2(path, new() { Network = new() { Classes = 3 } });

        Assert.Equal(3, model.Classes);
        Assert.Equal(["classifier.1.weight", "classifier.1.bias"], model.LoadReport!.Missing);
        using torch.Tensor input = golden.Input(model.Preprocess);
        using torch.Tensor map = model.Module.ForwardMap(input);
        using torch.Tensor pooled = map.mean([2, 3]);
        AssertClose(golden.Pooled, pooled, "pooled map");
    }

    [Fact]
    public void A_saved_model_loads_again_with_the_stride_where_Keras_has_it()
    {
        KerasGolden golden = Golden("resnet50");
        string saved = Path.Combine(_folder, "saved.safetensors"), file = FileOf(golden);
        using (ImageModel first = KerasPretrained.ResNet50(file)) // README
        {
            first.Save(saved);
        }

        using ImageModel model = ImageModel.Load(saved);
        using torch.Tensor input = golden.Input(model.Preprocess);
        using torch.Tensor logits = model.Module.call(input);
        AssertClose(golden.Logits!, logits, "logits");
    }

    [Fact]
    public void A_file_of_another_network_is_refused_with_its_name()
    {
        string path = FileOf(Golden("mobilenet"));

        CheckpointException exception = Assert.Throws<CheckpointException>(() => KerasPretrained.MobileNetV2(path));

        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        Assert.Contains("It belongs to mobilenet_v1", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_layers_are_an_error_unless_a_part_will_do()
    {
        KerasGolden golden = Golden("mobilenet");
        string path = Path.Combine(_folder, "part.h5");
        golden.Write(path, layer => layer.StartsWith("conv_pw_13", StringComparison.Ordinal));

        CheckpointException exception = Assert.Throws<CheckpointException>(() => KerasPretrained.MobileNet(path));
        Assert.Contains("conv_pw_13", exception.Message, StringComparison.Ordinal);
        using ImageModel model = KerasPretrained.MobileNet(path, new() { AllowPartial = true });
        Assert.Contains("blocks.12.conv_pw.weight", model.LoadReport!.Missing);
    }

    [Fact]
    public void Refuses_a_network_or_an_option_that_has_no_meaning()
    {
        Assert.Contains(
            "vgg16", Assert.Throws<ArgumentException>(() => KerasPretrained.Load("resnet18", "x.h5")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => KerasPretrained.Vgg16("x.h5", new() { Weights = "IMAGENET1K_V1" }));
    }

    [Fact]
    public void Every_network_has_its_final_layer_where_the_table_says()
    {
        foreach (KerasArchitecture architecture in KerasArchitecture.All)
        {
            using ImageNetwork network = ModelCatalog.Get(architecture.Name).Build(architecture.Adapt(NetworkOptions.Default));
            Assert.Equal(architecture.FinalLayer, network.FinalLayerName);
        }
    }

    private static KerasGolden Golden(string name) => KerasGolden.All.Single(golden => golden.Name == name);

    // A folder of files that h5py wrote (generate.py --full) can take the place of those written here.
    private string FileOf(KerasGolden golden)
    {
        if (Environment.GetEnvironmentVariable("TRANSFERLEARNING_KERAS") is { Length: > 0 } folder)
        {
            return Path.Combine(folder, $"{golden.Name}.h5");
        }

        string path = Path.Combine(_folder, $"{golden.Name}.h5");
        golden.Write(path);
        return path;
    }

    private static void AssertClose(double[] expected, torch.Tensor actual, string what)
    {
        double largest = expected.Max(Math.Abs);
        using torch.Tensor flat = actual.detach().flatten().contiguous();
        Span<float> values = NativeFloats.Of(flat);
        double difference = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            difference = Math.Max(difference, Math.Abs(values[i] - expected[i]));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: largest difference {difference:g3} of {largest:g3}");
        Assert.True(
            difference <= RelativeTolerance * largest, $"{what}: differs by {difference:g3} where the largest value is {largest:g3}");
    }
}
