namespace TransferLearning.Tests;

/// <summary>Classes are matched by name wherever a model meets data, whatever their order there.</summary>
public sealed class ClassesByNameTests : IDisposable
{
    private static readonly FineTuneOptions Quick = new() { Epochs = 2, BatchSize = 6, Workers = 0 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Image_folders_and_lists_of_another_order_score_what_the_predictions_say()
    {
        IReadOnlyList<(string Path, string ClassName)> files = SmallSets.WriteImages(_folder.Path, 2);
        string listing = _folder.File("list.csv");
        File.WriteAllLines(
            listing, ["path,label", .. files.Select(file => $"{Path.GetRelativePath(_folder.Path, file.Path)},{file.ClassName}")]);
        using ImageModel model = SmallSets.ImageModel("green", "red", "blue");
        (double loss, double accuracy) = SmallSets.ByName(
            model.Predict(files.Select(file => file.Path)).Zip(files, (prediction, file) => (prediction, file.ClassName)));
        using ImageFolder byName = ImageFolder.Open(_folder.Path),
        given = ImageFolder.Open(_folder.Path, classNames: ["red", "blue", "green"]);
        using ImageList list = ImageList.Open(listing), givenList = ImageList.Open(listing, classNames: ["red", "green", "blue"]);
        Dataset[] sets = [byName, given, list, givenList];
        Assert.Equal(4, sets.Select(set => string.Join(',', set.ClassNames)).Append("green,red,blue").Distinct().Count());
        Assert.All(sets, set =>
        {
            EvaluationResult result = model.Evaluate(set);
            Assert.Equal(loss, result.Loss, 1e-4);
            Assert.Equal(accuracy, result.Accuracy!.Value, 1e-9);
            Assert.Equal(["green", "red", "blue"], result.Report.Classes.Select(row => row.Name));
            Assert.All(result.Report.Classes, row => Assert.Equal(2, row.Support));
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Validation_early_stopping_and_the_best_epoch_go_by_names(bool headOnly)
    {
        TrainingHistory expected = Train("blue", "green", "red"), found = Train("red", "blue", "green");
        Assert.Equal(expected.Evaluations, found.Evaluations);
        Assert.Equal((expected.BestEpoch, expected.StopReason, expected.Steps), (found.BestEpoch, found.StopReason, found.Steps));

        TrainingHistory Train(params string[] validationOrder)
        {
            using Dataset training = SmallSets.Images(12, "blue", "green", "red");
            using Dataset validation = SmallSets.Images(9, validationOrder);
            using ImageModel model = SmallSets.ImageModel("", "", "");
            if (headOnly)
            {
                model.FreezeBackbone();
            }

            return model.FineTune(training, new Sgd(0.05), Quick with { Epochs = 4, Validation = validation, Patience = 1 });
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Continued_training_keeps_the_classes_of_the_head(bool headOnly)
    {
        Assert.Equal(Continued("blue", "green", "red"), Continued("green", "red", "blue"));

        byte[] Continued(params string[] order)
        {
            using Dataset first = SmallSets.Images(12, "blue", "green", "red"), second = SmallSets.Images(12, order);
            using ImageModel model = SmallSets.ImageModel("", "", "");
            model.FineTune(first, new Sgd(0.01), Quick);
            if (headOnly)
            {
                model.FreezeBackbone();
            }

            model.FineTune(second, new Sgd(0.01), Quick with { Seed = 1 });
            Assert.Equal(["blue", "green", "red"], model.ClassNames);
            return [.. model.Module.State().SelectMany(entry => entry.Value.bytes.ToArray())];
        }
    }

    [Fact]
    public void A_set_that_lacks_classes_or_has_empty_ones_is_usable()
    {
        IReadOnlyList<(string Path, string ClassName)> files = SmallSets.WriteImages(_folder.Path, 2);
        Directory.Delete(_folder.File("green"), recursive: true);
        (string Path, string ClassName)[] left = [.. files.Where(file => file.ClassName != "green")];
        using ImageModel model = SmallSets.ImageModel("red", "green", "blue");
        double loss = SmallSets.ByName(
            model.Predict(left.Select(file => file.Path)).Zip(left, (prediction, file) => (prediction, file.ClassName))).Loss;
        using ImageFolder lacking = ImageFolder.Open(_folder.Path);
        Directory.CreateDirectory(_folder.File("green"));
        using ImageFolder empty = ImageFolder.Open(_folder.Path), given = ImageFolder.Open(_folder.Path, classNames: model.ClassNames);
        Assert.Equal([2, 3, 3], new[] { lacking, empty, given }.Select(set => set.ClassNames.Count));
        Assert.All([lacking, empty, given], set => Assert.Equal(loss, model.Evaluate(set).Loss, 1e-4));

        using Dataset training = SmallSets.Images(6, "red", "green", "blue");
        TrainingHistory history = model.FineTune(training, new Sgd(0.01), Quick with { Validation = lacking });
        Assert.Equal(2, history.Evaluations.Count);
        Assert.Equal(2, model.FineTune(lacking, new Sgd(0.01), Quick).Epochs.Count);
        Assert.Equal(["red", "green", "blue"], model.ClassNames);
    }

    [Theory]
    [InlineData("blue", "green", "purple")]
    [InlineData("blue", "green", "red", "purple")]
    public void A_class_that_the_model_lacks_is_refused_with_both_lists(params string[] classNames)
    {
        using Dataset known = SmallSets.Images(6, "blue", "green", "red");
        using Dataset other = new InMemoryDataset(
            [.. Enumerable.Range(0, 6).Select(i => new Sample($"{i}", i % 3, SmallSets.Image(i, 0)))],
            classNames);
        using ImageModel model = SmallSets.ImageModel("red", "green", "blue");
        Action[] ways =
        [
            () => model.Evaluate(other),
            () => model.FineTune(other, new Sgd(0.01), Quick),
            () => model.FineTune(known, new Sgd(0.01), Quick with { Validation = other }),
            () => model.FindLearningRate(other, new Sgd(0.01)),
            () => known.Concat(other),
        ];
        Assert.All(ways[..4], way => Check(Assert.Throws<ArgumentException>(way).Message, "red, green, blue"));
        Check(Assert.Throws<ArgumentException>(ways[4]).Message, "blue, green, red");
        Assert.Equal(["red", "green", "blue"], model.ClassNames);

        void Check(string message, string expected)
        {
            Assert.Contains(string.Join(", ", classNames), message, StringComparison.Ordinal);
            Assert.Contains(expected, message, StringComparison.Ordinal);
            Assert.Contains("'purple'", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Outputs_of_unknown_meaning_are_not_evaluated_by_number()
    {
        using Dataset images = SmallSets.Images(6, "blue", "green", "red");
        using ImageModel model = SmallSets.ImageModel("", "", "");
        Assert.Contains("WithClassNames", Assert.Throws<ArgumentException>(() => model.Evaluate(images)).Message, StringComparison.Ordinal);
        Assert.True(model.WithClassNames(["red", "green", "blue"]).Evaluate(images).Count == 6);
    }

    [Fact]
    public void Text_files_of_another_order_score_what_the_predictions_say()
    {
        (string Text, string ClassName)[] rows =
        [
            ("good film", "pos"),
            ("the poor book", "neg"),
            ("the meal was a meal", "neu"),
            ("fine", "pos"),
            ("anna lives in rome", "neu"),
            ("awful", "neg"),
        ];
        string file = _folder.File("rows.csv");
        File.WriteAllLines(file, ["text,label", .. rows.Select(row => $"{row.Text},{row.ClassName}")]);
        using TextModel model = TinyText.Model(_folder.Path, new Classification(["pos", "neg", "neu"]));
        (double loss, double accuracy) = SmallSets.ByName(
            model.Predict(rows.Select(row => row.Text)).Zip(rows, (prediction, row) => (prediction, row.ClassName)));
        foreach (string[]? order in new[] { null, ["neu", "pos", "neg"], ["pos", "neg", "neu"], new[] { "pos", "neg", "neu" } })
        {
            using Dataset set = TextFile.Open(file, new TextFileOptions { ClassNames = order });
            EvaluationResult result = model.Evaluate(set);
            Assert.Equal(loss, result.Loss, 1e-4);
            Assert.Equal(accuracy, result.Accuracy!.Value, 1e-9);
        }

        File.AppendAllText(file, "bad,mixed\n");
        using Dataset four = TextFile.Open(file);
        string message = Assert.Throws<ArgumentException>(() => model.Evaluate(four)).Message;
        Assert.Contains("pos, neg, neu", message, StringComparison.Ordinal);
        Assert.Contains("mixed, neg, neu, pos", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_the_models_own_predictions_in_another_order_scores_one()
    {
        string[] texts = ["good", "bad", "the film", "anna", "a book was very awful", "rome", "who lives in paris ?", "poor meal"];
        using TextModel model = TinyText.Model(_folder.Path, new Classification(["pos", "neg", "neu"]));
        File.WriteAllLines(
            _folder.File("own.tsv"),
            ["label\ttext", .. model.Predict(texts).Zip(texts, (prediction, text) => $"{prediction.ClassName}\t{text}")]);
        using Dataset own = TextFile.Open(_folder.File("own.tsv"), new TextFileOptions { ClassNames = ["neu", "neg", "pos"] });
        Assert.Equal(1, model.Evaluate(own).Accuracy);
    }

    [Fact]
    public void Tags_and_several_labels_are_matched_by_name_too()
    {
        using Dataset names = TinyText.Names(12), labelled = TinyText.Labelled(12);
        using Dataset otherNames = names.WithClasses(["B-LOC", "O", "B-PER"]), otherLabels = labelled.WithClasses(["good", "text", "bad"]);
        using TextModel tags = TinyText.Model(_folder.Path, new TokenClassification(["O", "B-PER", "B-LOC"]));
        using TextModel labels = TinyText.Model(_folder.Path, new MultiLabelClassification(["text", "bad", "good"]));
        foreach ((TextModel model, Dataset plain, Dataset other) in new[] { (tags, names, otherNames), (labels, labelled, otherLabels) })
        {
            EvaluationResult expected = model.Evaluate(plain), found = model.Evaluate(other);
            Assert.Equal((expected.Loss, expected.Score), (found.Loss, found.Score));
            Assert.NotEqual(plain.TargetOf(0).ClassNumbers, other.TargetOf(0).ClassNumbers);
        }
    }

    [Fact]
    public void An_adapter_brings_the_order_of_its_classes_and_refuses_others()
    {
        string adapter = _folder.File("adapter");
        using Dataset data = TinyText.Opinions(16), reversed = data.WithClasses(["good", "bad"]);
        using TextModel trained = TinyText.Model(_folder.Path).WithLora(rank: 2);
        trained.FineTune(reversed, new AdamW(1e-2), new FineTuneOptions { Epochs = 1 });
        trained.SaveAdapter(adapter);

        using TextModel named = TinyText.Model(_folder.Path, new Classification(["bad", "good"])).LoadAdapter(adapter);
        Assert.Equal(["good", "bad"], named.ClassNames);
        Prediction expected = trained.Predict("the film was great"), found = named.Predict("the film was great");
        Assert.Equal((expected.ClassName, expected.Probability), (found.ClassName, found.Probability));
        Assert.Equal(trained.Evaluate(data).Loss, named.Evaluate(data).Loss);

        using TextModel other = TinyText.Model(_folder.Path, new Classification(["spam", "ham"]));
        string message = Assert.Throws<ArgumentException>(() => other.LoadAdapter(adapter)).Message;
        Assert.Contains("good, bad", message, StringComparison.Ordinal);
        Assert.Contains("spam, ham", message, StringComparison.Ordinal);
        Assert.False(other.HasLora);
    }
}
