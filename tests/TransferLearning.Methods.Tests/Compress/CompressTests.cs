namespace TransferLearning.Tests;

public sealed class CompressTests
{
    private static readonly CompressOptions Options = new()
    {
        Optimizer = new AdamW(3e-3),
        Training = new FineTuneOptions { Epochs = 8, BatchSize = 8, Workers = 0 },
        Weight = 1,
        Temperature = 1,
    };

    public CompressTests() => TinyStudent.Add();

    [Fact]
    public void A_distilled_student_agrees_more_with_its_teacher_than_one_that_saw_the_labels_alone()
    {
        using ImageFolder emoji = Emoji("train"), unseen = Emoji("val");
        using Dataset training = emoji.Shuffle(1).Take(128);
        using ImageModel teacher = Teacher(training);
        using ImageModel distilled = teacher.Compress(TinyStudent.Architecture, training, Options);
        using ImageModel again = teacher.Compress(TinyStudent.Architecture, training, Options);
        using ImageModel labelled = teacher.Compress(TinyStudent.Architecture, training, Options with { Weight = 0 });

        Assert.Equal(Runs.Weights(distilled), Runs.Weights(again));
        Assert.Equal(teacher.ClassNames, distilled.ClassNames);
        Assert.Equal(teacher.Preprocessor.Fingerprint, distilled.Preprocessor.Fingerprint);
        Assert.True(distilled.Module.parameters().Sum(parameter => parameter.numel()) < 2000);
        double near = Agreement.Distance(teacher, distilled, unseen), far = Agreement.Distance(teacher, labelled, unseen);
        Assert.True(near < 0.8 * far, $"{near} against {far}");
    }

    [Fact]
    public void A_student_begins_with_weights_where_they_are_given_and_is_saved_like_any_model()
    {
        using ImageModel teacher = Runs.Model();
        CompressOptions options = Options with
        {
            Checkpoint = Beside("resnet20-cifar10.safetensors"),
            Training = Runs.Options with { Epochs = 1 },
            Seed = 5,
        };
        using ImageModel student = teacher.Compress("resnet20", Runs.Samples, options);
        using ImageModel fresh = teacher.Compress("resnet20", Runs.Samples, options with { Checkpoint = null });
        Assert.NotEqual(Runs.Weights(fresh), Runs.Weights(student));
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "student.safetensors");
        student.Save(file);
        using ImageModel again = ImageModel.Load(file);
        Assert.Equal(teacher.ClassNames, again.ClassNames);
        Assert.Equal(Runs.Weights(student), Runs.Weights(again));
    }

    [Fact]
    public void A_student_of_the_callers_gets_the_teachers_classes_by_name()
    {
        using ImageModel teacher = Runs.Model();
        using ImageModel student = TransferModel.Create(TinyStudent.Architecture, 7);
        Assert.Same(student, teacher.CompressInto(student, Runs.Samples, Options));
        Assert.Equal(teacher.ClassNames, student.ClassNames);
    }

    [Fact]
    public void What_a_student_cannot_use_is_refused()
    {
        using ImageModel teacher = Runs.Model(), student = TransferModel.Create("mobilenet_v3_small", 3);
        Assert.Contains(
            "both see the same", Assert.Throws<ArgumentException>(() => teacher.CompressInto(student, Runs.Samples)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "leave them out",
            Assert.Throws<ArgumentException>(
                () => teacher.CompressInto(student, Runs.Samples, new CompressOptions { Pretrained = new PretrainedOptions() })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "beside the one that is trained",
            Assert.Throws<ArgumentException>(() => teacher.CompressInto(teacher, Runs.Samples)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => teacher.Compress("no_such_network", Runs.Samples));
    }

    private static ImageModel Teacher(Dataset training)
    {
        ImageModel model = Pretrained.Load("resnet20", Beside("resnet20-cifar10.safetensors")).ReplaceHead(training.ClassNames.Count);
        model.Probe(training, new RidgeProbe { Alpha = 100 });
        return model;
    }

    private static ImageFolder Emoji(string part) => ImageFolder.Open(Beside("emoji.zip"), part);

    private static string Beside(string name) => Path.Combine(AppContext.BaseDirectory, "Samples", name);
}
