using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class NearestMeanProbeTests
{
    private static Dataset Training => SmallSets.Images(9, SmallSets.Colours);

    private static Dataset Test => SmallSets.Images(30, SmallSets.Colours).Skip(9);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_head_predicts_the_class_whose_mean_is_nearest(bool cosine)
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        LinearProbeResult result = model.Probe(Training, new NearestMeanProbe { Cosine = cosine });
        Assert.Equal(9, result.Count);

        using DisposeScope scope = NewDisposeScope();
        (Tensor training, int[] labels) = Features(model, Training);
        (Tensor test, _) = Features(model, Test);
        if (cosine)
        {
            Tensor middle = training.mean([0], keepdim: true);
            (training, test) = (Unit(training - middle), Unit(test - middle));
        }

        Tensor means = stack(
            [.. Enumerable.Range(0, 3).Select(k => training[tensor(labels.Select(label => label == k).ToArray())].mean([0]))]);
        Tensor nearness = cosine ? test.mm(Unit(means).t()) : cdist(test, means).square().neg();
        Assert.Equal(
            nearness.argmax(1).data<long>().Select(number => SmallSets.Colours[number]),
            Enumerable.Range(0, Test.Count).Select(i => model.Predict(Test.Read(i).Input).ClassName));

        if (!cosine)
        {
            // The softmax of minus the squared distances: prototypical networks.
            double[] expected = [.. nearness[0].softmax(0).to(float64).data<double>()];
            Prediction first = model.Predict(Test.Read(0).Input);
            Assert.All(
                SmallSets.Colours.Index(),
                one => Assert.Equal(expected[one.Index], first.Scores.Single(score => score.Name == one.Item).Probability, 1e-3));
        }
    }

    [Fact]
    public void A_class_without_samples_and_other_tasks_are_refused()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        Assert.Contains(
            "no sample of 'red'",
            Assert.Throws<ArgumentException>(() => model.Probe(Training.Where(label => label < 2), new NearestMeanProbe())).Message,
            StringComparison.Ordinal);
        using ImageModel labels = TransferModel.Create("resnet20", 3, seed: 4).For(new MultiLabelClassification(SmallSets.Colours));
        Assert.Contains(
            "RidgeProbe",
            Assert.Throws<ArgumentException>(() => labels.Probe(Training, new NearestMeanProbe())).Message,
            StringComparison.Ordinal);
    }

    private static Tensor Unit(Tensor rows) => rows / rows.square().sum([1], keepdim: true).sqrt();

    private static (Tensor Features, int[] Labels) Features(ImageModel model, Dataset dataset)
    {
        using FeatureSet features = model.ExtractFeatures(dataset);
        return (features.Features.to(float64).clone(), [.. Enumerable.Range(0, dataset.Count).Select(dataset.LabelOf)]);
    }
}
