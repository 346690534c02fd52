using TorchSharp;
using static TorchSharp.torch;

namespace PublicParts.Tests;

public sealed class OwnPartsTests
{
    public OwnPartsTests() => Own.Register();

    [Fact]
    public void An_own_task_trains_evaluates_and_is_given_again_to_load_its_model()
    {
        using TemporaryFolder folder = new();
        using Dataset dataset = ColorTarget.Images(64);
        using ImageModel model = ImageModel.Create(LayeredFamily.Architecture, 2).For(new MeanColor());
        double before = model.Evaluate(dataset).Of<MeanColor.Report>().LargestError;
        FineTuneOptions options = new() { Epochs = 20, BatchSize = 16, Workers = 0, Validation = dataset };
        TrainingHistory history = model.FineTune(dataset, new Adam(0.01), options);
        EvaluationResult after = model.Evaluate(dataset);
        Assert.True(after.Of<MeanColor.Report>().LargestError < 0.5 * before, $"{before}, then {after}");
        Assert.Equal("largest error", history.Epochs[0].ValidationScore!.Name);

        model.Save(folder.File("means.tl"));
        using ImageModel again = ImageModel.Load(folder.File("means.tl"), task: new MeanColor());
        Assert.Equal(after.Loss, again.Evaluate(dataset).Loss);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => ImageModel.Load(folder.File("means.tl")));
        Assert.Contains("mean color", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_own_task_refuses_what_it_cannot_learn_from()
    {
        using Dataset dataset = new ColorImages(6);
        using ImageModel model = ImageModel.Create(LayeredFamily.Architecture, 2).For(new MeanColor());
        Assert.Contains(
            nameof(ColorTarget),
            Assert.Throws<ArgumentException>(() => model.FineTune(dataset, new Sgd(0.1))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Outputs_of_an_own_task_are_given_for_inputs_without_targets()
    {
        using TemporaryFolder folder = new();
        string file = folder.File("red.ppm"), damaged = folder.File("damaged.ppm");
        File.WriteAllBytes(file, [.. "P6 32 32 255\n"u8, .. Enumerable.Repeat<byte[]>([255, 0, 0], 32 * 32).SelectMany(pixel => pixel)]);
        File.WriteAllText(damaged, "no image");
        using ImageModel model = ImageModel.Create(LayeredFamily.Architecture, 3).For(new MeanColor());
        IReadOnlyList<float[]?> outputs
            = model.PredictOutputs([file, damaged, file], new PredictOptions { OnBadSample = BadSampleHandling.Skip });
        Assert.Equal(3, outputs.Count);
        Assert.Equal(3, outputs[0]!.Length);
        Assert.Null(outputs[1]);
        Assert.Equal(outputs[0], outputs[2]);
        Assert.Throws<InvalidOperationException>(() => model.Predict(file));
    }

    [Fact]
    public void An_own_loss_is_what_training_minimises()
    {
        using Dataset dataset = new ColorImages(48);
        double plain = LossOf(new AbsoluteLoss(1)), doubled = LossOf(new AbsoluteLoss(2));
        Assert.Equal(2 * plain, doubled, 1e-5);

        using ImageModel model = ImageModel.Create(LayeredFamily.Architecture, 3);
        TrainingHistory history = model.FineTune(
            dataset, new Adam(0.02), new FineTuneOptions { Epochs = 12, BatchSize = 16, Workers = 0, Loss = new AbsoluteLoss(1) });
        Assert.True(history.FinalLoss < 0.5 * history.Epochs[0].Loss, $"{history}");

        double LossOf(LossFunction loss)
        {
            using ImageModel start = ImageModel.Create(LayeredFamily.Architecture, 3);
            return start.FineTune(
                dataset, new Sgd(0), new FineTuneOptions { Epochs = 1, BatchSize = 48, Workers = 0, Loss = loss }).FinalLoss;
        }
    }

    [Fact]
    public void An_own_method_joins_training_beside_the_loss()
    {
        using Dataset dataset = new ColorImages(48);
        double plain = LossOf(new SmallFeatures(0)), penalised = LossOf(new SmallFeatures(2));
        Assert.True(penalised > plain, $"{penalised} and {plain}");

        double LossOf(TrainingMethod method)
        {
            using ImageModel start = ImageModel.Create(LayeredFamily.Architecture, 3);
            return start.FineTune(
                dataset, new Sgd(0), new FineTuneOptions { Epochs = 1, BatchSize = 48, Workers = 0, Methods = [method] }).FinalLoss;
        }
    }

    [Fact]
    public void An_own_data_set_splits_and_shuffles_like_any_other()
    {
        using Dataset dataset = new ColorImages(30);
        (Dataset first, Dataset second) = dataset.Split(0.8, seed: 1);
        Assert.Equal((24, 6), (first.Count, second.Count));
        Assert.Equal(30, dataset.Shuffle(3).Take(30).Count);
        Assert.NotEqual(new ColorImages(29).Fingerprint, dataset.Fingerprint);
    }

    [Fact]
    public void An_own_preprocessor_is_what_the_network_sees()
    {
        using Dataset dataset = new ColorImages(60);
        using ImageModel model = ImageModel.Create(LayeredFamily.Architecture, 3);
        FineTuneOptions options = new() { Epochs = 10, BatchSize = 20, Workers = 0, Preprocessor = new GrayPreprocessor() };
        model.FineTune(dataset, new Adam(0.02), options);
        double gray = model.Evaluate(dataset, new EvaluateOptions { Preprocessor = new GrayPreprocessor() }).Accuracy!.Value;
        Assert.True(gray < 0.7, $"Without colors the classes look alike, and yet {gray} were found.");

        BatchLoader loader = new(dataset, new GrayPreprocessor(), new LoaderOptions { BatchSize = 4 });
        using Batch batch = loader.Epoch(0).First();
        using Tensor red = ((ImageInput)batch.Input).Values.select(1, 0);
        using Tensor blue = ((ImageInput)batch.Input).Values.select(1, 2);
        Assert.True(red.Equals(blue) || red.allclose(blue));
    }

    [Fact]
    public void An_own_content_is_known_by_its_bytes()
    {
        using Dataset one = Of(1), same = Of(1), other = Of(2);
        Assert.Equal(one.Fingerprint, same.Fingerprint);
        Assert.NotEqual(one.Fingerprint, other.Fingerprint);

        static InMemoryDataset Of(float value) => new([new Sample("row", new Series.Content([value]), NoTarget.Instance)], []);
    }

    [Fact]
    public void An_own_modality_is_padded_and_collated_by_its_own_parts()
    {
        LibTorch.Load();
        using Dataset rows = Series.Rows(1, 3, 2);
        Series.Collator collator = new();
        BatchLoader loader = new(rows, new Series.Preprocessor(), new LoaderOptions { BatchSize = 3, Workers = 0 }, collator);
        using Batch batch = loader.Epoch(0).Single();
        Assert.Equal([3, 3], ((Series.Input)batch.Input).Values.shape);
        Assert.Equal(batch.Indices.Select(index => 2f * new[] { 1, 3, 2 }[index]), batch.Targets.data<float>().ToArray());
        Assert.Equal(3, collator.Examples);
    }

    [Fact]
    public void An_add_on_hands_weights_of_another_form_to_a_network()
    {
        using TemporaryFolder folder = new();
        using ImageModel source = ImageModel.Create(TorchSharpFamily.Architecture, 4, seed: 3);
        string file = folder.File("weights.txt");
        File.WriteAllLines(file, source.Module.State().Select(entry => Line(entry.Key, entry.Value)));

        using DisposeScope scope = NewDisposeScope();
        using StateDict weights = StateDict.FromTensors(File.ReadLines(file).Select(Parse), source: file);
        using ImageModel model = Pretrained.Load(TorchSharpFamily.Architecture, weights);
        Assert.Equal(4, model.Classes);
        Assert.Equal(source.Predict(ColorImages.Image(1)).Probability, model.Predict(ColorImages.Image(1)).Probability);

        using StateDict lacking = StateDict.FromTensors(File.ReadLines(file).Skip(1).Select(Parse), source: file);
        WeightLoadException error = Assert.Throws<WeightLoadException>(() => Pretrained.Load(TorchSharpFamily.Architecture, lacking));
        Assert.Contains("weights.txt", error.Message, StringComparison.Ordinal);
        Assert.Contains("stem", error.Message, StringComparison.Ordinal);

        static string Line(string name, Tensor tensor)
        {
            using Tensor plain = tensor.detach();
            IEnumerable<string> numbers = plain.data<float>().ToArray().Select(value => value.ToString("R"));
            return $"{name};{string.Join(',', tensor.shape)};{string.Join(',', numbers)}";
        }

        static KeyValuePair<string, Tensor> Parse(string line)
        {
            string[] parts = line.Split(';');
            return KeyValuePair.Create(
                parts[0], tensor([.. parts[2].Split(',').Select(float.Parse)], [.. parts[1].Split(',').Select(long.Parse)]));
        }
    }
}
