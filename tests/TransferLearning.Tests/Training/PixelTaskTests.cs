namespace TransferLearning.Tests;

/// <summary>Several labels and numbers are learned from pixels, beyond what chance and the classes alone would give.</summary>
public sealed class PixelTaskTests
{
    private static readonly string[] Attributes = ["animal", "vehicle", "flies", "hoofed", "on water"];

    private static readonly Dictionary<string, int[]> AttributesOf = new()
    {
        ["airplane"] = [1, 2],
        ["automobile"] = [1],
        ["bird"] = [0, 2],
        ["cat"] = [0],
        ["deer"] = [0, 3],
        ["dog"] = [0],
        ["frog"] = [0],
        ["horse"] = [0, 3],
        ["ship"] = [1, 4],
        ["truck"] = [1],
    };

    [Fact]
    public void Attributes_of_real_images_are_learned_far_beyond_chance()
    {
        using ImageFolder trainFiles = ImageFolder.Open(SharedData.Path("cifar10/train.zip"));
        using ImageFolder testFiles = ImageFolder.Open(SharedData.Path("cifar10/test.zip"));
        using Dataset training = Labelled(trainFiles, 40), test = Labelled(testFiles, 20);
        using ImageModel model = Pretrained.ResNet20(SharedData.Path("models/resnet20-12fca82f.th"))
            .For(new MultiLabelClassification(Attributes), HeadInitialization.PyTorch)
            .FreezeBackbone();
        model.FineTune(training, new Adam(0.01), new FineTuneOptions { Epochs = 20, BatchSize = 32 });
        MultiLabelReport report = model.Evaluate(test).Of<MultiLabelReport>();
        (double precision, double f1) = Chance(test);
        TestContext.Current.TestOutputHelper?.WriteLine($"{report}\nchance: average precision {precision:F3}, F1 {f1:F3}");
        Assert.True(report.MeanAveragePrecision > precision + 0.4, $"{report}; chance {precision}");
        Assert.True(report.MacroF1 > f1 + 0.3, $"{report}; chance {f1}");
        Assert.True(report.ExactMatch > 0.6, $"{report}");
    }

    [Fact]
    public void The_brightness_of_real_images_is_learned_beyond_what_their_class_says()
    {
        using ImageFolder trainFiles = ImageFolder.Open(SharedData.Path("cifar10/train.zip"));
        using ImageFolder testFiles = ImageFolder.Open(SharedData.Path("cifar10/test.zip"));
        using Dataset training = Graded(trainFiles, 40), test = Graded(testFiles, 20);
        using ImageModel model = Pretrained.ResNet20(SharedData.Path("models/resnet20-12fca82f.th"))
            .For(new Regression(), HeadInitialization.PyTorch);
        model.FineTune(training, new Adam(0.003), new FineTuneOptions { Epochs = 6, BatchSize = 32, Schedule = new CosineSchedule() });
        RegressionReport report = model.Evaluate(test).Of<RegressionReport>();
        double byClass = ByClass(training, 40, test, 20);
        TestContext.Current.TestOutputHelper?.WriteLine($"{report}\nthe mean of the class: R² {byClass:F3}");
        Assert.True(report.RSquared > byClass + 0.3, $"{report}; the mean of the class gives {byClass}");
        Assert.True(report.RSquared > 0.6, $"{report}");
    }

    [Fact]
    public void Labels_of_drawn_images_are_learned_far_beyond_chance()
    {
        ForeignLayers.Register();
        Sample[] samples =
        [
            .. Enumerable.Range(0, 96).Select(i => Drawn(i, new LabelsTarget([.. new[] { 0, 1 }.Where(bit => (i >> bit) % 2 == 1)])))
        ];
        using Dataset dataset = new InMemoryDataset(samples, ["red", "blue"]);
        using ImageModel model = ImageModel
            .Create(ForeignLayers.Architecture, 2)
            .For(new MultiLabelClassification(2), HeadInitialization.PyTorch);
        model.FineTune(dataset.Take(64), new Adam(0.02), new FineTuneOptions { Epochs = 25, BatchSize = 16, Workers = 0 });
        using Dataset test = dataset.Skip(64);
        MultiLabelReport report = model.Evaluate(test).Of<MultiLabelReport>();
        (double precision, double f1) = Chance(test);
        Assert.True(report.MeanAveragePrecision > precision + 0.3, $"{report}; chance {precision}");
        Assert.True(report.MacroF1 > f1 + 0.2, $"{report}; chance {f1}");
    }

    [Fact]
    public void The_brightness_of_drawn_images_is_learned()
    {
        ForeignLayers.Register();
        Sample[] samples =
        [
            .. Enumerable
                .Range(0, 96)
                .Select(i => Drawn(i, NoTarget.Instance))
                .Select(sample => sample with { Target = Brightness((RawImage)sample.Input) })
        ];
        using Dataset dataset = new InMemoryDataset(samples, []);
        using ImageModel model = ImageModel.Create(ForeignLayers.Architecture, 1).For(new Regression(), HeadInitialization.PyTorch);
        FineTuneOptions options = new()
        {
            Epochs = 60,
            BatchSize = 16,
            Workers = 0,
            Preprocessor = ImagePipeline.ForEvaluation(model.Preprocess), // black borders of shifted images would change what is learned
        };
        model.FineTune(dataset.Take(64), new Adam(0.02), options);
        using Dataset test = dataset.Skip(64);
        RegressionReport report = model.Evaluate(test).Of<RegressionReport>();
        Assert.True(report.RSquared > 0.8, $"{report}; the mean gives at most 0");
    }

    private static InMemoryDataset Labelled(Dataset files, int each)
        => new InMemoryDataset(
            [.. First(files, each).Select(sample => sample with { Target = new LabelsTarget(AttributesOf[NameOf(files, sample)]) })],
            Attributes);

    private static InMemoryDataset Graded(Dataset files, int each)
    {
        SkiaImageCodec codec = new();
        return new InMemoryDataset([.. First(files, each).Select(sample => sample with { Target = Brightness(sample, codec) })], []);
    }

    private static IEnumerable<Sample> First(Dataset files, int each) => Enumerable.Range(0, files.Count)
        .GroupBy(files.LabelOf)
        .OrderBy(group => group.Key)
        .SelectMany(group => group.Take(each))
        .Select(files.Read);

    private static string NameOf(Dataset files, Sample sample) => files.ClassNames[((ClassTarget)sample.Target).Class];

    private static NumberTarget Brightness(Sample sample, SkiaImageCodec codec)
    {
        using ImagePixels pixels = codec.Decode(((EncodedImage)sample.Input).Bytes, sample.Name);
        byte[] rgb = [.. pixels.Bytes.ToArray().Where((_, i) => i % ImagePixels.BytesPerPixel < 3)]; // without alpha
        return Brightness(new RawImage(pixels.Width, pixels.Height, rgb));
    }

    // From -1 for black to 1 for white.
    private static NumberTarget Brightness(RawImage image)
    {
        double sum = 0;
        foreach (byte value in image.Rgb.Span)
        {
            sum += value;
        }

        return new NumberTarget((sum / image.Rgb.Length / 127.5) - 1);
    }

    private static Sample Drawn(int index, Target target)
    {
        SeededRandom random = new(11, index);
        byte[] rgb = new byte[8 * 8 * 3];
        int light = random.NextInt32(80);
        for (int i = 0; i < rgb.Length; i++)
        {
            bool isBright = (i % 3 == 0 && index % 2 == 1) || (i % 3 == 2 && (index >> 1) % 2 == 1);
            rgb[i] = (byte)(light + random.NextInt32(40) + (isBright ? 120 : 0));
        }

        return new Sample($"drawn {index}", new RawImage(8, 8, rgb), target);
    }

    // A ranking at random has the share of positives as average precision; who always says yes has the F1 2p / (1 + p).
    private static (double Precision, double F1) Chance(Dataset dataset)
    {
        double[] shares = [.. Enumerable.Range(0, dataset.ClassNames.Count).Select(
            label => Enumerable.Range(0, dataset.Count).Count(
                i => dataset.TargetOf(i).ClassNumbers.Contains(label)) / (double)dataset.Count)];
        return (shares.Average(), shares.Average(share => 2 * share / (1 + share)));
    }

    // R² of who knows the class of each image and nothing else: its mean in the training set. Both sets hold their classes one after the
    // other.
    private static double ByClass(Dataset training, int trained, Dataset test, int tested)
    {
        double[] means = [.. Numbers(training).Chunk(trained).Select(numbers => numbers.Average())];
        double[] actual = Numbers(test);
        double mean = actual.Average();
        return 1 - (
            actual.Select((value, i) => Math.Pow(value - means[i / tested], 2)).Sum() / actual.Sum(value => Math.Pow(value - mean, 2)));
    }

    private static double[] Numbers(Dataset dataset)
        => [.. Enumerable.Range(0, dataset.Count).Select(i => ((NumberTarget)dataset.TargetOf(i)).Value)];
}
