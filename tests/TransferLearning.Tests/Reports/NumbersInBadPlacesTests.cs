using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>
/// Numbers that are none, classes that are not there, sets of nothing: an error that says what is wrong, or a sensible run.
/// </summary>
public sealed class NumbersInBadPlacesTests : IDisposable
{
    private static readonly FineTuneOptions Quick = new() { Epochs = 1, BatchSize = 4, Workers = 0 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Weights_of_an_image_model_are_finite(float value)
    {
        string path = _folder.File("weights.safetensors");
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        Spoil(model, "layer2.0.conv1.weight", value);
        using (StateDict state = StateDict.FromTensors(model.Module.State()))
        {
            state.Save(path);
        }

        CheckpointException exception = Assert.Throws<CheckpointException>(() => Pretrained.ResNet20(path));
        Assert.Equal(CheckpointErrorKind.NonFinite, exception.Kind);
        Assert.Contains("layer2.0.conv1.weight", exception.Message, StringComparison.Ordinal);
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Weights_of_a_text_model_are_finite(float value)
    {
        const string Name = "bert.encoder.layer.1.output.dense.bias";
        using TextModel model = TinyText.Model(_folder.Path, new Classification(["bad", "good"]));
        model.Save(_folder.Path);
        Spoil(model, Name, value);
        using (StateDict state = StateDict.FromTensors(model.Module.State()))
        {
            state.Save(_folder.File("model.safetensors"));
        }

        CheckpointException exception = Assert.Throws<CheckpointException>(() => TextModel.Load(_folder.Path));
        Assert.Equal(CheckpointErrorKind.NonFinite, exception.Kind);
        Assert.Contains(Name, exception.Message, StringComparison.Ordinal);
        Assert.Contains("NaN", Assert.Throws<InvalidOperationException>(() => model.Predict("the film")).Message, StringComparison.Ordinal);
        Assert.Contains(
            Name,
            Assert.Throws<InvalidOperationException>(() => model.SavePretrained(_folder.File("other"))).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void A_sample_of_which_the_preprocessor_makes_no_numbers_is_named(float value)
    {
        using Dataset set = SmallSets.Images(6, SmallSets.Colours);
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        byte[][] before = [.. model.Module.State().Select(entry => entry.Value.bytes.ToArray())];
        Spoiling spoiling = new(model.Preprocessor as StackedPreprocessor ?? throw new InvalidOperationException(), "image 3", value);
        Action[] ways =
        [
            () => model.FineTune(set, new Sgd(0.01), Quick with { BatchSize = 6, Preprocessor = spoiling }),
            () => model.Evaluate(set, new EvaluateOptions { Preprocessor = spoiling }),
            () => model.ExtractFeatures(set, new FeatureOptions { Preprocessor = spoiling }),
        ];
        Assert.All(ways, way =>
        {
            SampleLoadException exception = Assert.Throws<SampleLoadException>(way);
            Assert.Equal(("image 3", 3), (exception.SampleName, exception.SampleIndex));
            Assert.Contains("NaN or infinity", exception.Message, StringComparison.Ordinal);
        });
        Assert.Equal(before, model.Module.State().Select(entry => entry.Value.bytes.ToArray()));

        TrainingHistory history = model.FineTune(
            set, new Sgd(0.01), Quick with { BatchSize = 6, Preprocessor = spoiling, OnBadSample = BadSampleHandling.Skip });
        Assert.Equal("image 3", Assert.Single(history.Skipped.Samples).Name);
        Assert.True(SmallSets.IsFinite(model));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_class_out_of_range_is_refused(bool isReordered)
    {
        using WrongLabels set = new(3);
        string[] names = isReordered ? ["class 2", "class 0", "class 1"] : ["class 0", "class 1", "class 2"];
        using ImageModel images = SmallSets.ImageModel(names);
        using ImageModel labels = SmallSets.ImageModel("", "", "").For(new MultiLabelClassification(names));
        Assert.All([images, labels], model =>
        {
            Assert.Contains(
                "class 3", Assert.ThrowsAny<Exception>(() => model.FineTune(set, new Sgd(0.01), Quick)).Message, StringComparison.Ordinal);
            Assert.Contains("class 3", Assert.ThrowsAny<Exception>(() => model.Evaluate(set)).Message, StringComparison.Ordinal);
        });
        Assert.Contains(
            "label 3",
            Assert.Throws<ArgumentException>(
                () => new InMemoryDataset([new Sample("a", 3, SmallSets.Image(0, 0))], SmallSets.Colours)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "label -1",
            Assert.Throws<ArgumentException>(
                () => new InMemoryDataset([new Sample("a", -1, SmallSets.Image(0, 0))], SmallSets.Colours)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "label 5",
            Assert.Throws<ArgumentException>(
                () => new InMemoryDataset([new Sample("a", SmallSets.Image(0, 0), new LabelsTarget([0, 5]))], SmallSets.Colours)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(1e300)]
    public void A_target_that_is_no_number_is_refused(double value)
    {
        using Dataset graded = TinyText.Graded(8);
        using Dataset set = new InMemoryDataset(
            [.. Enumerable.Range(0, 8).Select(i => i == 5 ? graded.Read(i) with { Target = new NumberTarget(value) } : graded.Read(i))],
            ["text"]);
        using TextModel model = TinyText.Model(_folder.Path, new Regression());
        float[] before = TinyText.Numbers(model.Module);
        string shown = value.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.Contains(
            shown,
            Assert.Throws<ArgumentException>(() => model.FineTune(set, new AdamW(1e-3), Quick with { BatchSize = 8 })).Message,
            StringComparison.Ordinal);
        Assert.Contains(shown, Assert.Throws<ArgumentException>(() => model.Evaluate(set)).Message, StringComparison.Ordinal);
        Assert.Equal(before, TinyText.Numbers(model.Module));
    }

    [Fact]
    public void A_set_of_nothing_is_refused()
    {
        using Dataset full = SmallSets.Images(3, SmallSets.Colours), texts = TinyText.Opinions(4);
        using ImageModel images = SmallSets.ImageModel(SmallSets.Colours);
        using TextModel text = TinyText.Model(_folder.Path, new Classification(["bad", "good"]));
        foreach ((TransferModel model, Dataset some) in new (TransferModel, Dataset)[] { (images, full), (text, texts) })
        {
            Dataset empty = some.Take(0);
            Action[] ways =
            [
                () => model.FineTune(empty, new Sgd(0.01)),
                () => model.FineTune(some, new Sgd(0.01), Quick with { Validation = empty }),
                () => model.FindLearningRate(empty, new Sgd(0.01)),
                () => model.Evaluate(empty),
                () => model.ExtractFeatures(empty),
                () => model.Probe(empty, new Sgd(0.01)),
            ];
            Assert.All(ways, way => Assert.Contains("sample", Assert.Throws<ArgumentException>(way).Message, StringComparison.Ordinal));
            Assert.Empty(model.Predict([]));
        }
    }

    [Fact]
    public void One_class_and_more_classes_than_samples_make_sensible_runs()
    {
        using Dataset one = new InMemoryDataset(
            [.. Enumerable.Range(0, 4).Select(i => new Sample($"{i}", 0, SmallSets.Image(i, 0)))],
            ["all"]);
        using Dataset few = new InMemoryDataset(
            [.. Enumerable.Range(0, 3).Select(i => new Sample($"{i}", 3 * i, SmallSets.Image(i, i)))],
            [.. Enumerable.Range(0, 10).Select(i => $"class {i}")]);
        foreach (Dataset set in new[] { one, few })
        {
            using ImageModel model = TransferModel.Create("resnet20", set.ClassNames.Count);
            TrainingHistory history = model.FineTune(set, new Sgd(0.01), Quick with { Validation = set });
            EvaluationResult result = model.Evaluate(set);
            Assert.True(double.IsFinite(history.FinalLoss) && double.IsFinite(result.Loss) && SmallSets.IsFinite(model));
            Assert.Equal((set.Count, set.ClassNames.Count), (result.Count, result.Report.Classes.Count));
            Assert.InRange(result.Accuracy!.Value, 0, 1);
            Assert.DoesNotContain("NaN", result.ToString(), StringComparison.Ordinal);
            Assert.Equal(set.ClassNames.Count, model.Predict(SmallSets.Image(1, 0)).Scores.Count);
            Assert.True(double.IsFinite(model.Probe(set, new Sgd(0.01), Quick).FinalLoss));
        }

        using ImageModel single = SmallSets.ImageModel("all");
        Assert.Equal((0.0, 1.0), (single.Evaluate(one).Loss, single.Evaluate(one).Accuracy!.Value));
    }

    private static void Spoil(TransferModel model, string name, float value)
    {
        using IDisposable guard = torch.no_grad();
        model.Module.State().Single(entry => entry.Key == name).Value.flatten()[2] = value;
    }

    private sealed class Spoiling(StackedPreprocessor inner, string name, float value) : StackedPreprocessor
    {
        public override IReadOnlyList<long> Shape => inner.Shape;

        public override bool IsDeterministic => true;

        public override string Fingerprint => $"spoiling {inner.Fingerprint}";

        public override Target Apply(Sample sample, ref SeededRandom random, Span<float> destination)
        {
            Target target = inner.Apply(sample, ref random, destination);
            if (sample.Name == name)
            {
                destination[^1] = value;
            }

            return target;
        }

        public override ModelInput ToInput(torch.Tensor values) => inner.ToInput(values);
    }

    /// <summary>A set of the caller's own whose last sample has a class that there is not.</summary>
    private sealed class WrongLabels(int classes) : Dataset
    {
        public override int Count => classes + 1;

        public override IReadOnlyList<string> ClassNames { get; } = [.. Enumerable.Range(0, classes).Select(i => $"class {i}")];

        public override int LabelOf(int index) => index;

        public override string NameOf(int index) => $"image {index}";

        public override Sample Read(int index) => new(NameOf(index), index, SmallSets.Image(index, 0));
    }
}
