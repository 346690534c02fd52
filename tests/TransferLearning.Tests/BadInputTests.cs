namespace TransferLearning.Tests;

/// <summary>What a user meets when the data are not what they should be.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bad-input-").FullName;

    public BadInputTests()
    {
        using ImagePixels image = new(40, 40);
        SeededRandom random = new(1);
        foreach (string name in new[] { "cat/1.png", "cat/2.png", "cat/3.png", "dog/1.png", "dog/2.png" })
        {
            for (int i = 0; i < image.Bytes.Length; i++)
            {
                image.Bytes[i] = (byte)random.NextInt32(256);
            }

            string path = Path.Combine(_folder, "set", name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, ImageEncoder.ToPng(image));
        }
    }

    private string Set => Path.Combine(_folder, "set");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_truncated_image_ends_training_with_its_name()
    {
        Truncate("dog/2.png");
        using Dataset dataset = ImageFolder.Open(Set);
        using ImageModel model = TransferModel.Create("resnet20", 2);
        Exception exception = Assert.ThrowsAny<Exception>(() => model.FineTune(dataset, new Sgd(0.01), new FineTuneOptions { Epochs = 1 }));
        Assert.Contains("2.png", exception.Message, StringComparison.Ordinal);
        Assert.Contains("dog", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_truncated_image_is_skipped_and_counted_when_asked()
    {
        Truncate("dog/2.png");
        using Dataset dataset = ImageFolder.Open(Set);
        using ImageModel model = TransferModel.Create("resnet20", 2);
        TrainingHistory history = model.FineTune(
            dataset, new Sgd(0.01), new FineTuneOptions { Epochs = 2, OnBadSample = BadSampleHandling.Skip });
        Assert.Equal(2, history.Skipped.Count); // once in each epoch
        EvaluationResult result = model.Evaluate(dataset, new EvaluateOptions { OnBadSample = BadSampleHandling.Skip });
        Assert.Equal((4, 1L), (result.Count, result.Skipped.Count));
        TrainingHistory probe = model.Probe(
            dataset, new Sgd(0.01), new FineTuneOptions { Epochs = 2, OnBadSample = BadSampleHandling.Skip });
        Assert.Equal(1, probe.Skipped.Count); // features are computed once
    }

    [Fact]
    public void An_empty_class_folder_is_a_class_that_the_description_names()
    {
        Directory.CreateDirectory(Path.Combine(Set, "horse"));
        using Dataset dataset = ImageFolder.Open(Set);
        Assert.Contains("horse", dataset.ClassNames);
        Assert.Contains("horse", dataset.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_archive_is_refused_by_name()
    {
        string file = Path.Combine(_folder, "images.zip");
        File.WriteAllText(file, "these are no images");
        Assert.Contains("images.zip", Assert.ThrowsAny<Exception>(() => ImageFolder.Open(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_leaves_the_older_model_whole()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/dev/full"), "Linux only.");
        string path = Path.Combine(_folder, "model.tl");
        using ImageModel model = TransferModel.Create("resnet20", 2);
        model.Save(path);
        byte[] before = File.ReadAllBytes(path);

        Assert.ThrowsAny<IOException>(() => model.Save(Path.Combine(path, "inside-a-file.tl")));
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal(["model.tl", "set"], Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_file_that_is_no_image_is_named_by_predict()
    {
        string file = Path.Combine(_folder, "notes.jpg");
        File.WriteAllText(file, "not an image");
        using ImageModel model = TransferModel.Create("resnet20", 2);
        Assert.Contains("notes.jpg", Assert.Throws<MediaException>(() => model.Predict(file)).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => model.Predict(Path.Combine(_folder, "nowhere.jpg")));
    }

    private void Truncate(string name)
    {
        string path = Path.Combine(Set, name);
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 3)]);
    }
}
