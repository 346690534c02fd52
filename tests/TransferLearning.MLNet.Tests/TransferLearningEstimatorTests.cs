using Microsoft.ML;
using Microsoft.ML.Data;

namespace TransferLearning.MLNet.Tests;

/// <summary>ML.NET itself is on the other side: its loaders, evaluation, cross-validation, engine and model zip.</summary>
public sealed class TransferLearningEstimatorTests : EmojiTests
{
    [Fact]
    public void Images_by_path_are_trained_evaluated_and_named()
    {
        List<string> lines = [];
        Context.Log += (_, line) => lines.Add(line.Message);
        (ITransformer pipeline, IDataView test) = FitImages();

        IDataView predicted = pipeline.Transform(test);
        MulticlassClassificationMetrics metrics = Context.MulticlassClassification.Evaluate(predicted);

        Assert.True(metrics.MicroAccuracy > 0.6, $"{metrics.MicroAccuracy}");
        Assert.Contains(lines, line => line.Contains("resnet20: training on", StringComparison.Ordinal));
        Assert.Equal(5, metrics.ConfusionMatrix.NumberOfClasses);
        VBuffer<ReadOnlyMemory<char>> names = default;
        predicted.Schema["Score"].Annotations.GetValue("SlotNames", ref names);
        VBuffer<ReadOnlyMemory<char>> keys = default;
        predicted.Schema["PredictedLabel"].GetKeyValues(ref keys);
        Assert.Equal(names.DenseValues().Select(name => name.ToString()), keys.DenseValues().Select(key => key.ToString()));
        ImageRow[] rows = [.. Context.Data.CreateEnumerable<ImageRow>(test, reuseRowObject: false)];
        string[] named = [.. Context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(predicted).Transform(predicted)
            .GetColumn<string>("PredictedLabel")];
        Assert.Equal(rows.Length, named.Length);
        Assert.Equal(metrics.MicroAccuracy, named.Zip(rows, (name, row) => name == row.Label).Average(right => right ? 1.0 : 0), 1e-9);
    }

    [Fact]
    public void A_model_zip_predicts_the_same_in_a_freshContext()
    {
        (ITransformer pipeline, IDataView test) = FitImages();
        string zip = Folder.File("model.zip");
        Context.Model.Save(pipeline, test.Schema, zip);
        float[][] before = [.. pipeline.Transform(test).GetColumn<float[]>("Score")];

        MLContext fresh = new();
        ITransformer loaded = fresh.Model.WithTransferLearning(fresh).Load(zip, out DataViewSchema schema);
        float[][] after = [.. loaded.Transform(test).GetColumn<float[]>("Score")];
        using PredictionEngine<ImageRow, Answer> engine = fresh.Model.CreatePredictionEngine<ImageRow, Answer>(loaded, schema);
        ImageRow[] rows = [.. Context.Data.CreateEnumerable<ImageRow>(test, reuseRowObject: false)];

        for (int i = 0; i < before.Length; i++)
        {
            Assert.All(before[i].Zip(after[i]), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        }

        for (int i = 0; i < 5; i++)
        {
            Answer answer = engine.Predict(rows[i]);
            Assert.All(answer.Score.Zip(after[i]), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
            Assert.Equal(Array.IndexOf(answer.Score, answer.Score.Max()) + 1, (int)answer.PredictedLabel);
        }

        Context.Model.Save(loaded, schema, Folder.File("again.zip"));
        Assert.True(new FileInfo(Folder.File("again.zip")).Length > 500_000);
    }

    [Fact]
    public void Bytes_and_MLImages_give_what_paths_give()
    {
        IDataView data = Images("train");
        IDataView test = Images("val");
        using TransferLearningTransformer paths = Trainer().Fit(Keyed(data));
        IDataView bytes = Context.Transforms.LoadRawImageBytes("Bytes", null, "Features").Fit(test).Transform(test);
        IDataView images = Context.Transforms.LoadImages("Image", null, "Features").Fit(test).Transform(test);

        float[][] expected = [.. paths.Transform(test).GetColumn<float[]>("Score")];
        float[][] ofBytes = [.. Of("Bytes").Transform(bytes).GetColumn<float[]>("Score")];
        float[][] ofImages = [.. Of("Image").Transform(images).GetColumn<float[]>("Score")];

        Assert.All(expected.Zip(ofBytes),
            row => Assert.All(row.First.Zip(row.Second), pair => Assert.Equal(pair.First, pair.Second, 1e-4)));
        double same = expected.Zip(ofImages, (a, b) => Array.IndexOf(a, a.Max()) == Array.IndexOf(b, b.Max()) ? 1.0 : 0).Average();
        Assert.True(same > 0.9, $"{same}"); // transparency becomes another background

        ITransformer Of(string column)
        {
            IDataView rows = column == "Bytes"
                ? Context.Transforms.LoadRawImageBytes("Bytes", null, "Features").Fit(data).Transform(data)
                : Context.Transforms.LoadImages("Image", null, "Features").Fit(data).Transform(data);
            return Trainer(column).Fit(Keyed(rows));
        }
    }

    [Fact]
    public void Texts_are_cross_validated_by_ML_NET()
    {
        IDataView data = Context.Data.LoadFromTextFile<TextRow>(
            Path.Combine(AppContext.BaseDirectory, "questions.tsv"), hasHeader: true, separatorChar: '\t');
        string folder = Path.Combine(AppContext.BaseDirectory, "bert-definitions");
        MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers = Context.MulticlassClassification.Trainers;
        IEstimator<ITransformer> pipeline = Context.Transforms.Conversion.MapValueToKey("Label").Append(
            trainers.TransferLearning(() => Pretrained.Bert(folder), featureColumnName: "Text")); // README

        IReadOnlyList<TrainCatalogBase.CrossValidationResult<MulticlassClassificationMetrics>> folds
            = Context.MulticlassClassification.CrossValidate(data, pipeline, 2);

        Assert.Equal(2, folds.Count);
        Assert.All(folds, fold => Assert.True(fold.Metrics.MicroAccuracy > 0.4, $"{fold.Metrics.MicroAccuracy}"));
        Context.Model.Save(folds[0].Model, data.Schema, Folder.File("texts.zip"));
        MLContext fresh = new();
        ITransformer loaded = fresh.Model.WithTransferLearning(fresh).Load(Folder.File("texts.zip"), out DataViewSchema schema);
        using PredictionEngine<TextRow, Answer> engine = fresh.Model.CreatePredictionEngine<TextRow, Answer>(loaded, schema);
        Assert.Equal(1, engine.Predict(new TextRow { Text = "Who wrote Hamlet ?" }).Score.Sum(), 1e-4);
    }

    [Fact]
    public void Pairs_of_texts_are_trained_with_a_validation_set_saved_and_predicted()
    {
        List<string> lines = [];
        Context.Log += (_, line) => lines.Add(line.Message);
        string[] texts = ["a small dog", "a heavy metal", "iron ore", "a large cat"];
        IDataView data = Context.Data.LoadFromEnumerable<PairRow>(
        [
            .. Enumerable.Range(0, 16).Select(i => new PairRow
            {
                Text = texts[i % 4], Other = texts[i / 4], Label = i % 4 == i / 4 ? "same" : "different",
            })
        ]);
        TransferLearningOptions options = new()
        {
            Model = () => Pretrained.Bert(Path.Combine(AppContext.BaseDirectory, "bert-definitions")),
            FeatureColumnName = "Text",
            PairColumnName = "Other",
            Optimizer = new AdamW(1e-4),
            FineTuning = new FineTuneOptions { Epochs = 1, BatchSize = 8, Workers = 0 },
            ValidationSet = Keyed(Context.Data.TakeRows(data, 6)),
        };

        using TransformerChain<TransferLearningTransformer> trained = Context.Transforms.Conversion.MapValueToKey("Label")
            .Append(Context.MulticlassClassification.Trainers.TransferLearning(options)).Fit(data);

        Assert.Contains(lines, line => line.Contains("validation accuracy ", StringComparison.Ordinal));
        Context.Model.Save(trained, data.Schema, Folder.File("pairs.zip"));
        MLContext fresh = new();
        ITransformer loaded = fresh.Model.WithTransferLearning(fresh).Load(Folder.File("pairs.zip"), out DataViewSchema schema);
        using PredictionEngine<PairRow, Answer> engine = fresh.Model.CreatePredictionEngine<PairRow, Answer>(loaded, schema);
        float[][] scores = [.. trained.Transform(data).GetColumn<float[]>("Score")];
        Assert.Equal(scores[1][0], engine.Predict(new PairRow { Text = texts[1], Other = texts[0] }).Score[0], 1e-4);
        Assert.NotEqual(scores[0][0], scores[4][0], 1e-6); // the same text with another one beside it
        Assert.Throws<ArgumentException>(() => Context.MulticlassClassification.Trainers.TransferLearning(
            options with { Model = Backbone, FeatureColumnName = "Features", PairColumnName = "Label" }).Fit(Keyed(Images("train"))));
    }

    [Fact]
    public void Gradient_descent_logs_its_epochs_and_is_cancelled()
    {
        List<string> lines = [];
        Context.Log += (_, line) => lines.Add(line.Message);
        IDataView data = Keyed(Context.Data.TakeRows(Images("train"), 40));
        TransferLearningOptions options = new()
        {
            Model = Backbone,
            Optimizer = new Sgd(0.01, momentum: 0.9),
            FineTuning = new FineTuneOptions { Epochs = 2, BatchSize = 20 },
        };

        Context.MulticlassClassification.Trainers.TransferLearning(options).Fit(data).Dispose();
        Assert.Contains(lines, line => line.Contains("Kind=Info", StringComparison.Ordinal)
            && line.Contains("Epoch 1 of 2, batch 2 of 2: loss ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("ended after 2 epochs", StringComparison.Ordinal));

        using CancellationTokenSource middle = new();
        lines.Clear();
        Context.Log += (_, line) => Cancel(line.Message.Contains("Epoch 2 of 50", StringComparison.Ordinal));
        using (TransferLearningTransformer best = Context.MulticlassClassification.Trainers.TransferLearning(
            options with { FineTuning = new FineTuneOptions { Epochs = 50, BatchSize = 20 }, CancellationToken = middle.Token }).Fit(data))
        {
            Assert.Equal(40, best.Transform(data).GetColumn<float[]>("Score").Count()); // the best so far is kept
        }

        Assert.Contains(lines, line => line.Contains("ended after", StringComparison.Ordinal)
            && line.Contains("Cancel", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(lines, line => line.Contains("after 50 epochs", StringComparison.Ordinal));

        void Cancel(bool isTime)
        {
            if (isTime)
            {
                middle.Cancel();
            }
        }

        TransferLearningOptions cancelled = options with { CancellationToken = new CancellationToken(true) };
        Assert.ThrowsAny<OperationCanceledException>(
            () => Context.MulticlassClassification.Trainers.TransferLearning(cancelled).Fit(data));
        Assert.ThrowsAny<OperationCanceledException>(
            () => Context.MulticlassClassification.Trainers.TransferLearning(cancelled with { Optimizer = null, FineTuning = null }).Fit(
                data));
    }

    [Fact]
    public void What_does_not_fit_is_named()
    {
        IDataView data = Images("train");

        Assert.Contains("MapValueToKey", Assert.Throws<ArgumentException>(() => Trainer().Fit(data)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "'Pixels'", Assert.Throws<ArgumentException>(() => Trainer("Pixels").Fit(Keyed(data))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Context.MulticlassClassification.Trainers.TransferLearning(
            new TransferLearningOptions { Model = Backbone, FineTuning = new FineTuneOptions() }));
        Assert.Throws<ArgumentException>(() => Context.MulticlassClassification.Trainers.TransferLearning(
            new TransferLearningOptions { Model = Backbone, ValidationSet = data }));
    }

    private (ITransformer Pipeline, IDataView Test) FitImages()
        => (Context.Transforms.Conversion.MapValueToKey("Label").Append(Trainer()).Fit(Images("train")), Images("val"));

    private sealed class PairRow
    {
        public string Text { get; set; } = "";

        public string Other { get; set; } = "";

        public string Label { get; set; } = "";
    }

    private sealed class TextRow
    {
        [LoadColumn(1)]
        public string Text { get; set; } = "";

        [LoadColumn(0)]
        public string Label { get; set; } = "";
    }
}
