using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace TransferLearning.MLNet.Tests;

/// <summary>ML.NET itself is on the other side: its loaders, evaluation, cross-validation, engine and model zip.</summary>
public sealed class TransferLearningEstimatorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _context = new(seed: 1);

    [Fact]
    public void Images_by_path_are_trained_evaluated_and_named()
    {
        List<string> lines = [];
        _context.Log += (_, line) => lines.Add(line.Message);
        (ITransformer pipeline, IDataView test) = FitImages();

        IDataView predicted = pipeline.Transform(test);
        MulticlassClassificationMetrics metrics = _context.MulticlassClassification.Evaluate(predicted);

        Assert.True(metrics.MicroAccuracy > 0.6, $"{metrics.MicroAccuracy}");
        Assert.Contains(lines, line => line.Contains("resnet20: training on", StringComparison.Ordinal));
        Assert.Equal(5, metrics.ConfusionMatrix.NumberOfClasses);
        VBuffer<ReadOnlyMemory<char>> names = default;
        predicted.Schema["Score"].Annotations.GetValue("SlotNames", ref names);
        VBuffer<ReadOnlyMemory<char>> keys = default;
        predicted.Schema["PredictedLabel"].GetKeyValues(ref keys);
        Assert.Equal(names.DenseValues().Select(name => name.ToString()), keys.DenseValues().Select(key => key.ToString()));
        ImageRow[] rows = [.. _context.Data.CreateEnumerable<ImageRow>(test, reuseRowObject: false)];
        string[] named = [.. _context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(predicted).Transform(predicted)
            .GetColumn<string>("PredictedLabel")];
        Assert.Equal(rows.Length, named.Length);
        Assert.Equal(metrics.MicroAccuracy, named.Zip(rows, (name, row) => name == row.Label).Average(right => right ? 1.0 : 0), 1e-9);
    }

    [Fact]
    public void A_model_zip_predicts_the_same_in_a_fresh_context()
    {
        (ITransformer pipeline, IDataView test) = FitImages();
        string zip = _folder.File("model.zip");
        _context.Model.Save(pipeline, test.Schema, zip);
        float[][] before = [.. pipeline.Transform(test).GetColumn<float[]>("Score")];

        MLContext fresh = new();
        ITransformer loaded = fresh.Model.WithTransferLearning(fresh).Load(zip, out DataViewSchema schema);
        float[][] after = [.. loaded.Transform(test).GetColumn<float[]>("Score")];
        using PredictionEngine<ImageRow, Answer> engine = fresh.Model.CreatePredictionEngine<ImageRow, Answer>(loaded, schema);
        ImageRow[] rows = [.. _context.Data.CreateEnumerable<ImageRow>(test, reuseRowObject: false)];

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

        _context.Model.Save(loaded, schema, _folder.File("again.zip"));
        Assert.True(new FileInfo(_folder.File("again.zip")).Length > 500_000);
    }

    [Fact]
    public void Bytes_and_MLImages_give_what_paths_give()
    {
        IDataView data = Images("train");
        IDataView test = Images("val");
        using TransferLearningTransformer paths = Trainer().Fit(Keyed(data));
        IDataView bytes = _context.Transforms.LoadRawImageBytes("Bytes", null, "Features").Fit(test).Transform(test);
        IDataView images = _context.Transforms.LoadImages("Image", null, "Features").Fit(test).Transform(test);

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
                ? _context.Transforms.LoadRawImageBytes("Bytes", null, "Features").Fit(data).Transform(data)
                : _context.Transforms.LoadImages("Image", null, "Features").Fit(data).Transform(data);
            return Trainer(column).Fit(Keyed(rows));
        }
    }

    [Fact]
    public void Texts_are_cross_validated_by_ML_NET()
    {
        IDataView data = _context.Data.LoadFromTextFile<TextRow>(
            Path.Combine(AppContext.BaseDirectory, "questions.tsv"), hasHeader: true, separatorChar: '\t');
        string folder = Path.Combine(AppContext.BaseDirectory, "bert-definitions");
        MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers = _context.MulticlassClassification.Trainers;
        IEstimator<ITransformer> pipeline = _context.Transforms.Conversion.MapValueToKey("Label").Append(
            trainers.TransferLearning(() => Pretrained.Bert(folder), featureColumnName: "Text")); // README

        IReadOnlyList<TrainCatalogBase.CrossValidationResult<MulticlassClassificationMetrics>> folds
            = _context.MulticlassClassification.CrossValidate(data, pipeline, 2);

        Assert.Equal(2, folds.Count);
        Assert.All(folds, fold => Assert.True(fold.Metrics.MicroAccuracy > 0.4, $"{fold.Metrics.MicroAccuracy}"));
        _context.Model.Save(folds[0].Model, data.Schema, _folder.File("texts.zip"));
        MLContext fresh = new();
        ITransformer loaded = fresh.Model.WithTransferLearning(fresh).Load(_folder.File("texts.zip"), out DataViewSchema schema);
        using PredictionEngine<TextRow, Answer> engine = fresh.Model.CreatePredictionEngine<TextRow, Answer>(loaded, schema);
        Assert.Equal(1, engine.Predict(new TextRow { Text = "Who wrote Hamlet ?" }).Score.Sum(), 1e-4);
    }

    [Fact]
    public void Gradient_descent_logs_its_epochs_and_is_cancelled()
    {
        List<string> lines = [];
        _context.Log += (_, line) => lines.Add(line.Message);
        IDataView data = Keyed(_context.Data.TakeRows(Images("train"), 40));
        TransferLearningOptions options = new()
        {
            Model = Backbone,
            Optimizer = new Sgd(0.01, momentum: 0.9),
            FineTuning = new FineTuneOptions { Epochs = 2, BatchSize = 20 },
        };

        _context.MulticlassClassification.Trainers.TransferLearning(options).Fit(data).Dispose();
        Assert.Contains(lines, line => line.Contains("ended after 2 epochs", StringComparison.Ordinal));

        TransferLearningOptions cancelled = options with { CancellationToken = new CancellationToken(true) };
        Assert.ThrowsAny<OperationCanceledException>(
            () => _context.MulticlassClassification.Trainers.TransferLearning(cancelled).Fit(data));
        Assert.ThrowsAny<OperationCanceledException>(
            () => _context.MulticlassClassification.Trainers.TransferLearning(cancelled with { Optimizer = null, FineTuning = null }).Fit(
                data));
    }

    [Fact]
    public void What_does_not_fit_is_named()
    {
        IDataView data = Images("train");

        Assert.Contains("MapValueToKey", Assert.Throws<ArgumentException>(() => Trainer().Fit(data)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "'Pixels'", Assert.Throws<ArgumentException>(() => Trainer("Pixels").Fit(Keyed(data))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _context.MulticlassClassification.Trainers.TransferLearning(
            new TransferLearningOptions { Model = Backbone, FineTuning = new FineTuneOptions() }));
    }

    public void Dispose() => _folder.Dispose();

    private static TransferModel Backbone()
        => Pretrained.Load("resnet20", Path.Combine(AppContext.BaseDirectory, "resnet20-cifar10.safetensors"));

    private TransferLearningEstimator Trainer(string column = "Features")
        => _context.MulticlassClassification.Trainers.TransferLearning(Backbone, featureColumnName: column);

    private IDataView Keyed(IDataView data) => _context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);

    private (ITransformer Pipeline, IDataView Test) FitImages()
        => (_context.Transforms.Conversion.MapValueToKey("Label").Append(Trainer()).Fit(Images("train")), Images("val"));

    private IDataView Images(string part)
    {
        string folder = _folder.File("emoji");
        if (!Directory.Exists(folder))
        {
            ZipFile.ExtractToDirectory(Path.Combine(AppContext.BaseDirectory, "emoji.zip"), folder);
        }

        return _context.Data.LoadFromEnumerable(
        [
            .. Directory.EnumerateFiles(folder, "*.*", SearchOption.AllDirectories)
                .Where(file => file.Contains($"{Path.DirectorySeparatorChar}{part}{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(file => new ImageRow { Features = file, Label = Path.GetFileName(Path.GetDirectoryName(file)!) })
        ]);
    }

    private sealed class ImageRow
    {
        public string Features { get; set; } = "";

        public string Label { get; set; } = "";
    }

    private sealed class TextRow
    {
        [LoadColumn(1)]
        public string Text { get; set; } = "";

        [LoadColumn(0)]
        public string Label { get; set; } = "";
    }

    private sealed class Answer
    {
        public uint PredictedLabel { get; set; }

        public float[] Score { get; set; } = [];
    }
}
