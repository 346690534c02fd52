using TorchSharp;

namespace TransferLearning.Tests;

public sealed class EvaluateSamplesTests
{
    private static readonly Dataset Images = SmallSets.Images(11, SmallSets.Colours);

    [Fact]
    public void An_evaluation_keeps_nothing_of_samples_unless_asked_to()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        Assert.Null(model.Evaluate(Images).Samples);
        SamplePredictions kept = model.Evaluate(Images, new EvaluateOptions { Samples = SampleDetail.Outcomes }).Samples!;
        Assert.Equal((11, 0, false), (kept.Count, kept.Width, kept.HasOutputs));
        Assert.Throws<InvalidOperationException>(() => kept.ProbabilitiesOf(0));
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(64, true)]
    public void Samples_are_what_predictions_and_the_report_say(int batchSize, bool isCached)
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        using FeatureCache cache = new();
        EvaluationResult result = model.Evaluate(
            Images,
            new EvaluateOptions { BatchSize = batchSize, Samples = SampleDetail.Outputs, FeatureCache = isCached ? cache : null });
        SamplePredictions samples = result.Samples!;
        Assert.Equal(Enumerable.Range(0, 11), samples.Indices);
        for (int i = 0; i < samples.Count; i++)
        {
            SamplePrediction sample = samples[i];
            Prediction prediction = model.Predict(SmallSets.Image(i, i % 3));
            Assert.Equal($"image {i}", sample.Name);
            Assert.Equal(SmallSets.Colours[i % 3], sample.LabelName);
            Assert.Equal(prediction.ClassName, sample.PredictedName);
            Assert.Equal(prediction.Probability, sample.Score, 1e-4);
            Assert.Equal(prediction.Scores.Single(score => score.Class == 2).Probability, samples.ProbabilitiesOf(i)[2], 1e-4);
        }

        Assert.Equal(result.Loss, samples.Outcomes.Average(outcome => outcome.Loss), 1e-5);
        Assert.Equal(result.Accuracy, samples.Outcomes.Average(outcome => outcome.IsCorrect == true ? 1.0 : 0));
    }

    [Fact]
    public void Skipped_samples_are_left_out_and_the_others_keep_their_numbers()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        using InMemoryDataset damaged = new(
            [.. Enumerable.Range(0, 5).Select(i => i == 2
                ? new Sample("damaged", 0, new EncodedImage(new byte[] { 1, 2, 3 }))
                : new Sample($"image {i}", i % 3, SmallSets.Image(i, i % 3)))],
            SmallSets.Colours);
        SamplePredictions samples = model.Evaluate(
            damaged, new EvaluateOptions { OnBadSample = BadSampleHandling.Skip, Samples = SampleDetail.Outputs, BatchSize = 2 }).Samples!;
        Assert.Equal([0, 1, 3, 4], samples.Indices);
        Assert.Equal("image 4", samples[3].Name);
    }

    [Fact]
    public void Several_labels_and_numbers_have_losses_of_their_own()
    {
        using ImageModel labels = TransferModel.Create("resnet20", 3, seed: 2).For(new MultiLabelClassification(SmallSets.Colours));
        EvaluationResult result = labels.Evaluate(Images, new EvaluateOptions { Samples = SampleDetail.Outputs });
        Assert.Equal(result.Loss, result.Samples!.Outcomes.Average(outcome => outcome.Loss), 1e-5);
        Assert.Equal(result.Accuracy, result.Samples.Outcomes.Average(outcome => outcome.IsCorrect == true ? 1.0 : 0));
        Assert.Throws<InvalidOperationException>(() => result.Samples.SlicesByClass());

        using ImageModel numbers = TransferModel.Create("resnet20", 3, seed: 2).For(new Regression());
        using InMemoryDataset sizes = new(
            [.. Enumerable.Range(0, 4).Select(i => new Sample($"image {i}", SmallSets.Image(i, 0), new NumberTarget(i)))], []);
        EvaluationResult regression = numbers.Evaluate(sizes, new EvaluateOptions { Samples = SampleDetail.Outcomes });
        Assert.Equal(regression.Loss, regression.Samples!.Outcomes.Average(outcome => outcome.Loss), 1e-4);
        Assert.All(regression.Samples.Outcomes, outcome => Assert.Null(outcome.IsCorrect));
        EvaluationSlice whole = Assert.Single(regression.Samples.Slices(_ => "all"));
        Assert.Null(whole.Accuracy);
    }

    [Fact]
    public void A_million_outcomes_take_little_more_than_their_numbers()
        => Assert.InRange(System.Runtime.CompilerServices.Unsafe.SizeOf<SampleOutcome>(), 16, 20);

    [Fact]
    public void What_several_processes_kept_is_put_together_in_order()
    {
        Classification task = new(["a", "b"]);
        using InMemoryDataset dataset = new(
            [.. Enumerable.Range(0, 4).Select(i => new Sample($"{i}", i % 2, new RawImage(1, 1, new byte[3])))], ["a", "b"]);
        (SampleRecorder first, SampleRecorder second)
            = (new(task, SampleDetail.Outputs, dataset), new(task, SampleDetail.Outputs, dataset));
        Take(first, [3, 1], [[9, 0], [7, 0]]);
        Take(second, [2, 0], [[8, 0], [6, 0]]);
        SampleRecorder all = new(task, SampleDetail.Outputs, dataset);
        MetricState.Merge(MetricState.Of(first.Share), all.Share);
        MetricState.Merge(MetricState.Of(second.Share), all.Share);
        SamplePredictions samples = all.ToPredictions(dataset);
        Assert.Equal([0, 1, 2, 3], samples.Indices);
        Assert.Equal([6f, 7, 8, 9], Enumerable.Range(0, 4).Select(i => samples.OutputsOf(i)[0]));
        Assert.Equal([0, 1, 0, 1], samples.Outcomes.Select(outcome => outcome.Label));

        static void Take(SampleRecorder recorder, int[] indices, float[][] logits)
        {
            using torch.Tensor outputs = torch.tensor([.. logits.SelectMany(row => row)], [2, 2]);
            using Batch batch = new(
                new ImageInput(torch.zeros(2, 3, 1, 1)),
                torch.tensor([.. indices.Select(index => (long)(index % 2))]),
                [new StackedExample(new ClassTarget(0)), new StackedExample(new ClassTarget(0))],
                indices);
            recorder.Add(batch, outputs);
        }
    }

    [Fact]
    public void A_task_without_predictions_of_whole_samples_refuses()
    {
        SampleRecorder recorder = new(new QuestionAnswering(), SampleDetail.Outcomes, Images);
        using torch.Tensor outputs = torch.zeros(1, 2);
        using Batch batch = new(new ImageInput(torch.zeros(1, 3, 1, 1)), torch.zeros(1), [], [0]);
        string message = Assert.Throws<ArgumentException>(() => recorder.Add(batch, outputs)).Message;
        Assert.Contains("question answering", message, StringComparison.Ordinal);
    }
}
