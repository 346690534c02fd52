namespace TransferLearning.Tests;

/// <summary>Predictions in other number types of networks with adapters.</summary>
public sealed class PrecisionOfAdaptersTests
{
    private static readonly string?[] Names = [null, "first", "second"];

    public static TheoryData<string, Precision> Kinds
        => new MatrixTheoryData<string, Precision>(AdapterModels.Kinds.Keys, [Precision.Int8, Precision.BFloat16]);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_adapter_predicts_in_the_number_type_that_was_chosen(string kind, Precision precision)
    {
        using TemporaryFolder folder = new();
        (string type, AdapterOptions options) = AdapterModels.Kinds[kind];
        using TransferModel model = AdapterModels.Of(type, folder.Path).WithAdapter(options, "first");
        AdapterModels.Disturb(model);
        model.WithAdapter(options, "second", seed: 5);
        for (int i = 0; i < 6; i++)
        {
            AdapterModels.Disturb(model);
        }

        float[][] exact = All(model), fast = All(model.WithPrecision(precision)), again = All(model);
        Assert.Equal(fast, again);
        for (int i = 0; i < Names.Length; i++)
        {
            // As far from its own results as rounding, and nearer to them than to those of another adapter.
            double own = Distance(fast[i], exact[i]);
            Assert.InRange(own, 0, 0.1);
            Assert.All(exact, other => Assert.True(other == exact[i] || own <= 0.02 + (0.5 * Distance(exact[i], other))));
        }
    }

    [Fact]
    public void An_adapter_that_was_saved_with_its_model_predicts_in_whole_numbers()
    {
        using ImageModel model = Runs.Model().WithLora(new LoraOptions { Rank = 2, Targets = ["0"] });
        model.FineTune(Runs.Samples, Runs.Rule, Runs.Options);
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "model.safetensors");
        model.WithPrecision(Precision.Int8).Save(file);
        using ImageModel again = ImageModel.Load(file);
        Assert.Equal(Precision.Int8, again.PredictionPrecision());
        Assert.Equal(Scores(model), Scores(again));
        Assert.InRange(
            model.MeasurePrecision(Runs.Samples, Precision.Int8, batchSize: 6).LargestDifference, 0,
            OptimizedInference.Int8Tolerance * 2);
        float[] beside = Scores(model);
        Assert.InRange(Distance(beside, Scores(model.MergeLora())), 0, 0.05);
    }

    [Fact]
    public void A_teacher_and_a_student_may_have_adapters()
    {
        using ImageModel teacher = Runs.Model().WithLora(new LoraOptions { Rank = 2, Targets = ["0"] });
        using ImageModel student = Runs.Model().WithLora(new LoraOptions { Rank = 2, Targets = ["0"] }, seed: 1);
        AdapterModels.Disturb(teacher);
        double before = Agreement.Distance(teacher, student, Runs.Samples);
        Dictionary<string, float[]> weights = Weights(student);
        teacher.CompressInto(
            student, Runs.Samples,
            new CompressOptions { Optimizer = new AdamW(0.01), Training = Runs.Options with { Epochs = 10 }, Weight = 1, Temperature = 1 });
        Assert.True(Agreement.Distance(teacher, student, Runs.Samples) < before);
        Assert.All(
            Weights(student).Where(entry => !entry.Value.SequenceEqual(weights[entry.Key])),
            entry => Assert.True(
                entry.Key.Contains("lora", StringComparison.Ordinal) || entry.Key.StartsWith("fc", StringComparison.Ordinal)));
    }

    private static Dictionary<string, float[]> Weights(TransferModel model) => model.Module.named_parameters()
        .ToDictionary(entry => entry.name, entry => entry.parameter.data<float>().ToArray());

    private static float[][] All(TransferModel model)
        => [.. Names.Select(name =>
        {
            using (model.Adapter(name))
            {
                return Scores(model);
            }
        })];

    private static float[] Scores(TransferModel model) => [.. (model is ImageModel images ? images.Predict(SmallSets.Image(1, 1))
        : ((TextModel)model).Predict("the film was great")).Scores
            .OrderBy(score => score.Name, StringComparer.Ordinal).Select(score => (float)score.Probability)];

    private static double Distance(float[] one, float[] other) => one.Zip(other).Max(pair => Math.Abs(pair.First - pair.Second));
}
