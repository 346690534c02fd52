using System.Text.Json;

namespace TransferLearning.Tests;

public sealed class ScoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Output => Path.Combine(_folder.Path, "scores");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("images")]
    [InlineData("texts")]
    public void Shards_put_together_are_what_one_shard_is(string kind)
    {
        using OptionTrial trial = OptionTrial.Of(kind);
        using TransferModel model = trial.Model().WithClassNames(trial.Dataset().ClassNames);
        ScoreOptions options = new() { BatchSize = 2, Workers = 0 };
        string whole = Path.Combine(_folder.Path, "whole");
        Assert.Equal(OptionTrial.Samples, model.Score(trial.Dataset(), whole, options: options).Count);
        foreach (int shard in new[] { 2, 0, 4, 1, 3 })
        {
            model.Score(trial.Dataset(), Output, (shard, 5), options);
        }

        string[] expected = File.ReadAllLines(ScoreFolder.Merge(whole)), found = File.ReadAllLines(ScoreFolder.Merge(Output));
        Assert.Equal(OptionTrial.Samples, found.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            using JsonDocument left = JsonDocument.Parse(expected[i]), right = JsonDocument.Parse(found[i]);
            Assert.Equal(i, right.RootElement.GetProperty("index").GetInt32());
            Assert.Equal(left.RootElement.GetProperty("name").GetString(), right.RootElement.GetProperty("name").GetString());
            Assert.Equal(left.RootElement.GetProperty("class").GetString(), right.RootElement.GetProperty("class").GetString());
            Assert.Equal(
                left.RootElement.GetProperty("probability").GetDouble(), right.RootElement.GetProperty("probability").GetDouble(), 1e-5);
        }

        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(Output, ScoreFolder.ManifestName)));
        Assert.Equal(OptionTrial.Samples, manifest.RootElement.GetProperty("Count").GetInt32());
        Assert.Equal(5, manifest.RootElement.GetProperty("Shards").GetArrayLength());
    }

    [Fact]
    public void A_shard_that_is_done_is_skipped_and_a_damaged_one_is_scored_again()
    {
        using OptionTrial trial = OptionTrial.Of("images");
        using TransferModel model = trial.Model().WithClassNames(trial.Dataset().ClassNames);
        ScoreShard first = model.Score(trial.Dataset(), Output, (1, 3));
        using WatchedDataset watched = new(trial.Dataset(), damaged: 5);
        ScoreShard again = model.Score(watched, Output, (1, 3)); // would throw if it read its samples
        Assert.True(again.WasDone && !first.WasDone);
        Assert.Equal(first.Sha256, again.Sha256);

        string file = Path.Combine(Output, first.File);
        byte[] sound = File.ReadAllBytes(file);
        File.WriteAllBytes(file, [.. sound[..^1], 0]);
        Assert.False(model.Score(trial.Dataset(), Output, (1, 3)).WasDone);
        Assert.Equal(sound, File.ReadAllBytes(file));
    }

    [Fact]
    public void An_error_leaves_no_file()
    {
        using OptionTrial trial = OptionTrial.Of("images");
        using TransferModel model = trial.Model().WithClassNames(trial.Dataset().ClassNames);
        using WatchedDataset damaged = new(trial.Dataset(), damaged: 5);
        Assert.Throws<SampleLoadException>(() => model.Score(damaged, Output, (0, 1)));
        Assert.Empty(Directory.GetFiles(Output));
        ScoreShard shard = model.Score(damaged, Output, (0, 1), new ScoreOptions { OnBadSample = BadSampleHandling.Skip });
        Assert.Equal((OptionTrial.Samples - 1, 1), (shard.Count, shard.Skipped.Count));
        Assert.Equal(5, shard.Skipped.Samples[0].Index);
    }

    [Fact]
    public void Shards_of_another_model_or_a_missing_one_are_refused()
    {
        using OptionTrial trial = OptionTrial.Of("images");
        using TransferModel model = trial.Model().WithClassNames(trial.Dataset().ClassNames);
        model.Score(trial.Dataset(), Output, (0, 2));
        InvalidDataException missing = Assert.Throws<InvalidDataException>(() => ScoreFolder.Merge(Output));
        Assert.Contains("missing: 1", missing.Message, StringComparison.Ordinal);

        model.FineTune(trial.Dataset(), new Sgd(0.1), trial.Options);
        InvalidDataException other = Assert.Throws<InvalidDataException>(() => model.Score(trial.Dataset(), Output, (0, 2)));
        Assert.Contains("model was", other.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Score(trial.Dataset(), Output, (2, 2)));
    }

    [Fact]
    public void Features_and_labels_have_lines_of_their_own()
    {
        using OptionTrial trial = OptionTrial.Of("images");
        using TransferModel model = trial.Model();
        model.Score(trial.Dataset(), Output, options: new ScoreOptions { Content = ScoreContent.Features });
        using JsonDocument features = JsonDocument.Parse(File.ReadLines(ScoreFolder.Merge(Output)).First());
        Assert.Equal(model.Module.FeatureCount, features.RootElement.GetProperty("features").GetArrayLength());

        using MemoryStream stream = new();
        using (ScoreWriter writer = new JsonLinesFormat().Begin(stream, new ScoreColumns(ScoreContent.Predictions, ["a", "b"], false)))
        {
            writer.Write([new ScoredSample(7, "x", [0.25f, 0.75f])]);
        }

        Assert.Equal(
            """{"index":7,"name":"x","labels":["b"],"scores":[0.25,0.75]}""" + "\n", System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }
}
