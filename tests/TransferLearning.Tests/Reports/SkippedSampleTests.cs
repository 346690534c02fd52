namespace TransferLearning.Tests;

/// <summary>Damaged samples that are skipped are named, and where nothing else is left that is an error.</summary>
public sealed class SkippedSampleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_but_damaged_images_is_an_error(bool headOnly)
    {
        SmallSets.WriteImages(_folder.Path, 2);
        foreach (string file in Directory.GetFiles(_folder.Path, "*.png", SearchOption.AllDirectories))
        {
            File.WriteAllText(file, "no image");
        }

        using ImageFolder set = ImageFolder.Open(_folder.Path);
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        if (headOnly)
        {
            model.FreezeBackbone();
        }

        byte[][] before = [.. model.Module.State().Select(entry => entry.Value.bytes.ToArray())];
        Action[] ways =
        [
            () => model.FineTune(set, new Sgd(0.1), new FineTuneOptions { Epochs = 1, OnBadSample = BadSampleHandling.Skip }),
            () => model.Evaluate(set, new EvaluateOptions { OnBadSample = BadSampleHandling.Skip }),
            () => model.ExtractFeatures(set, new FeatureOptions { OnBadSample = BadSampleHandling.Skip }),
        ];
        Assert.All(ways, way => Assert.Throws<ArgumentException>(way));
        Assert.Contains("6 were skipped", Assert.Throws<ArgumentException>(ways[0]).Message, StringComparison.Ordinal);
        Assert.Equal(before, model.Module.State().Select(entry => entry.Value.bytes.ToArray()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Skipped_files_are_named_in_the_log_and_the_history(bool headOnly)
    {
        IReadOnlyList<(string Path, string ClassName)> files = SmallSets.WriteImages(_folder.Path, 2);
        File.WriteAllText(files[4].Path, "no image");
        using ImageFolder set = ImageFolder.Open(_folder.Path);
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        if (headOnly)
        {
            model.FreezeBackbone();
        }

        LinesLogger log = new();
        TrainingHistory history = model.FineTune(
            set, new Sgd(0.01), new FineTuneOptions { Epochs = 2, OnBadSample = BadSampleHandling.Skip, Logger = log });
        SkippedSample skipped = Assert.Single(history.Skipped.Samples);
        Assert.Contains("4.png", skipped.Name, StringComparison.Ordinal);
        Assert.Contains(
            log.Lines, line => line.Contains("4.png", StringComparison.Ordinal) && line.Contains("skipped", StringComparison.Ordinal));
        Assert.Contains(
            "4.png",
            Assert.Single(model.Evaluate(set, new EvaluateOptions { OnBadSample = BadSampleHandling.Skip }).Skipped.Samples).Name,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Predicting_for_many_can_leave_a_bad_file_out()
    {
        IReadOnlyList<(string Path, string ClassName)> files = SmallSets.WriteImages(_folder.Path, 2);
        string[] paths = [.. files.Select(file => file.Path)];
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        IReadOnlyList<Prediction> all = model.Predict(paths);
        File.WriteAllText(paths[1], "no image");
        paths[3] = _folder.File("nowhere.png");
        LinesLogger log = new();
        IReadOnlyList<Prediction> left = model.Predict(
            paths, new PredictOptions { OnBadSample = BadSampleHandling.Skip, Logger = log, BatchSize = 2 });
        Assert.Equal([paths[0], paths[2], paths[4], paths[5]], left.Select(prediction => prediction.Item));
        Assert.Equal([0, 2, 4, 5], left.Select(prediction => Array.IndexOf(paths, prediction.Item)));
        Assert.All(left, prediction => Assert.Equal(all[Array.IndexOf(paths, prediction.Item)].Probability, prediction.Probability, 1e-5));
        Assert.Contains(log.Lines, line => line.Contains(paths[1], StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.Contains("nowhere.png", StringComparison.Ordinal));
        Assert.Contains(
            Path.GetFileName(paths[1]), Assert.Throws<MediaException>(() => model.Predict(paths[..3])).Message, StringComparison.Ordinal);
    }
}
