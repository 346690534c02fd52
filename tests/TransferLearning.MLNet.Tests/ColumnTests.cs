using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;

namespace TransferLearning.MLNet.Tests;

/// <summary>Columns, schemas and cursors, as ML.NET sees them.</summary>
public sealed class ColumnTests : EmojiTests
{
    [Fact]
    public void A_whole_pipeline_is_saved_and_predicts_names_in_a_fresh_context()
    {
        IDataView train = Images("train"), test = Images("val");
        using TransformerChain<ColumnCopyingTransformer> pipeline = Context.Transforms.Conversion.MapValueToKey("Label")
            .Append(Trainer())
            .Append(Context.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Append(Context.Transforms.CopyColumns("Name", "PredictedLabel"))
            .Fit(train);
        Context.Model.Save(pipeline, train.Schema, Folder.File("model.zip"));
        string[] before = [.. pipeline.Transform(test).GetColumn<string>("Name")];

        MLContext fresh = new();
        Assert.ThrowsAny<Exception>(() => fresh.Model.Load(Folder.File("model.zip"), out _)); // nobody told it of this library
        ITransformer loaded = fresh.Model.WithTransferLearning(fresh).Load(Folder.File("model.zip"), out DataViewSchema schema);

        Assert.Equal(before, loaded.Transform(test).GetColumn<string>("Name"));
        Assert.Equal(train.Schema.Select(column => (column.Name, column.Type)), schema.Select(column => (column.Name, column.Type)));
        using PredictionEngine<ImageRow, Named> engine = fresh.Model.CreatePredictionEngine<ImageRow, Named>(loaded, schema);
        ImageRow[] rows = [.. fresh.Data.CreateEnumerable<ImageRow>(test, reuseRowObject: false)];
        Assert.Equal(before.Take(3), rows.Take(3).Select(row => engine.Predict(row).Name));
        // Prediction needs no label.
        Named unlabelled = engine.Predict(new ImageRow { Features = rows[0].Features, Label = "no class" });
        Assert.Equal((before[0], rows[0].Features), (unlabelled.Name, unlabelled.Features));
        ((IDisposable)loaded).Dispose();
    }

    [Fact]
    public void The_schema_that_is_promised_is_the_one_that_comes()
    {
        IDataView data = Keyed(Images("train"));
        using TransferLearningTransformer trained = Trainer().Fit(data);

        DataViewSchema promised = trained.GetOutputSchema(data.Schema);
        DataViewSchema comes = trained.Transform(data).Schema;
        DataViewSchema ofRows = trained.GetRowToRowMapper(data.Schema).OutputSchema;

        foreach (DataViewSchema other in new[] { comes, ofRows })
        {
            Assert.Equal(
                promised.Select(column => (column.Name, $"{column.Type}", column.Index)),
                other.Select(column => (column.Name, $"{column.Type}", column.Index)));
        }

        VBuffer<ReadOnlyMemory<char>> names = default;
        comes["Score"].GetSlotNames(ref names);
        VBuffer<ReadOnlyMemory<char>> keys = default;
        data.Schema["Label"].GetKeyValues(ref keys);
        Assert.Equal(Texts(keys), Texts(names));
        Assert.Equal(5, (int)((KeyDataViewType)comes["PredictedLabel"].Type).Count);
    }

    [Fact]
    public void Numbers_are_labels_too_and_keep_their_names()
    {
        string[] folders = [.. Context.Data.CreateEnumerable<ImageRow>(Images("train"), false).Select(row => row.Label).Distinct()];
        NumberRow[] rows =
        [
            .. Context.Data.CreateEnumerable<ImageRow>(Images("train"), false)
                .Select(row => new NumberRow { Features = row.Features, Label = 10 * (1 + Array.IndexOf(folders, row.Label)) })
        ];
        IDataView data = Context.Data.LoadFromEnumerable(rows);

        using TransferLearningTransformer trained = Trainer().Fit(Keyed(data));

        Assert.Equal(["10", "20", "30", "40", "50"], trained.Model.ClassNames.Order(StringComparer.Ordinal));
        IDataView predicted = trained.Transform(Keyed(data));
        double accuracy = Context.MulticlassClassification.Evaluate(predicted).MicroAccuracy;
        Assert.True(accuracy > 0.6, $"{accuracy}");
        string[] named = [.. Context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(predicted).Transform(predicted)
            .GetColumn<string>("PredictedLabel")];
        Assert.Equal(accuracy, named.Zip(rows).Average(pair => pair.First == $"{pair.Second.Label}" ? 1.0 : 0), 1e-9);
    }

    [Fact]
    public void Shuffled_filtered_and_cached_rows_keep_their_own_scores()
    {
        using TransferLearningTransformer trained = Trainer().Fit(Keyed(Images("train")));
        IDataView test = Images("val");
        Dictionary<string, float[]> expected = Scores(trained.Transform(test));

        IDataView shuffledBefore = trained.Transform(Context.Data.ShuffleRows(test, seed: 3));
        IDataView shuffledAfter = Context.Data.ShuffleRows(trained.Transform(test), seed: 3);
        IDataView skipped = trained.Transform(Context.Data.SkipRows(test, 7));
        IDataView cached = Context.Data.Cache(trained.Transform(test));

        foreach ((IDataView rows, int count) in new[]
        {
            (shuffledBefore, expected.Count), (shuffledAfter, expected.Count), (skipped, expected.Count - 7), (cached, expected.Count),
        })
        {
            Dictionary<string, float[]> found = Scores(rows);
            Assert.Equal(count, found.Count);
            Assert.All(found, row => Assert.All(expected[row.Key].Zip(row.Value), pair => Assert.Equal(pair.First, pair.Second, 1e-4)));
        }

        Assert.NotEqual(expected.Keys, Scores(shuffledBefore).Keys);
        Assert.NotEqual(expected.Keys, Scores(shuffledAfter).Keys);
    }

    [Fact]
    public void What_nobody_asks_for_is_not_computed()
    {
        using TransferLearningTransformer trained = Trainer().Fit(Keyed(Images("train")));
        IDataView missing = Rows("nowhere.png", "neither.png");

        Assert.Equal(["nowhere.png", "neither.png"], trained.Transform(missing).GetColumn<string>("Features"));
    }

    [Fact]
    public void A_bad_row_is_named()
    {
        IDataView train = Images("train");
        using TransferLearningTransformer trained = Trainer().Fit(Keyed(train));
        string good = Context.Data.CreateEnumerable<ImageRow>(train, false).First().Features;
        string damaged = Folder.File("damaged.png");
        File.WriteAllBytes(damaged, [1, 2, 3]);

        Assert.Contains("Row 2 ", Predicting(good, good, "nowhere.png", good), StringComparison.Ordinal);
        Assert.Contains("nowhere.png", Predicting(good, good, "nowhere.png", good), StringComparison.Ordinal);
        Assert.Contains("Row 1 ", Predicting(good, damaged), StringComparison.Ordinal);
        Assert.Contains("Row 0 ", Predicting(""), StringComparison.Ordinal);
        Exception unlabelled = Assert.Throws<ArgumentException>(() => Trainer().Fit(
            Context.Transforms.Conversion.MapValueToKey("Label").Fit(Context.Data.TakeRows(train, 3)).Transform(train)));
        Assert.Contains("has no label", unlabelled.Message, StringComparison.Ordinal);
        Exception training = Assert.Throws<SampleLoadException>(() => Trainer().Fit(Keyed(Rows(good, good, damaged))));
        Assert.Contains("row 2", training.Message, StringComparison.Ordinal);

        IDataView images = Context.Transforms.LoadImages("Image", null, "Features").Fit(train).Transform(train);
        using TransferLearningTransformer ofImages = Trainer("Image").Fit(Keyed(images));
        IDataView none = Context.Data.LoadFromEnumerable<NoImage>([new NoImage()]);
        Assert.Contains("Row 0 ", Assert.Throws<InvalidDataException>(
            () => ofImages.Transform(none).GetColumn<float[]>("Score").ToArray()).Message, StringComparison.Ordinal);

        string Predicting(params string[] files)
            => Assert.Throws<InvalidDataException>(() => trained.Transform(Rows(files)).GetColumn<float[]>("Score").ToArray()).Message;
    }

    private static string[] Texts(VBuffer<ReadOnlyMemory<char>> names) => [.. names.DenseValues().Select(name => name.ToString())];

    private static Dictionary<string, float[]> Scores(IDataView rows)
        => rows.GetColumn<string>("Features").Zip(rows.GetColumn<float[]>("Score")).ToDictionary(row => row.First, row => row.Second);

    private IDataView Rows(params string[] files)
        => Context.Data.LoadFromEnumerable<ImageRow>([.. files.Select((file, i) => new ImageRow { Features = file, Label = $"{i % 2}" })]);

    private sealed class Named
    {
        public string Name { get; set; } = "";

        public string Features { get; set; } = "";
    }

    private sealed class NumberRow
    {
        public string Features { get; set; } = "";

        public int Label { get; set; }
    }

    private sealed class NoImage
    {
        [ImageType(32, 32)]
        public MLImage? Image { get; set; }
    }
}
