namespace TransferLearning.Tests;

/// <summary>A checkpoint without a classifier gives a model that learns and extracts features, but does not predict at random.</summary>
public sealed class UntrainedHeadTests : IDisposable
{
    private static readonly FineTuneOptions Quick = new() { Epochs = 1, BatchSize = 4, Workers = 0 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Images_are_neither_predicted_nor_evaluated()
    {
        using Dataset images = SmallSets.Images(4, SmallSets.Colours);
        using ImageModel model = Pretrained.ResNet20(
            WriteBackbone(),
            new PretrainedOptions { Network = new NetworkOptions { Classes = 3 } });
        model.WithClassNames(SmallSets.Colours);
        Assert.True(model.HasUntrainedHead);
        Action[] refused = [() => model.Predict(SmallSets.Image(1, 0)), () => model.Predict(["nowhere.png"]), () => model.Evaluate(images)];
        Assert.All(refused, way =>
        {
            string message = Assert.Throws<InvalidOperationException>(way).Message;
            Assert.Contains("'linear' is not in the file", message, StringComparison.Ordinal);
            Assert.Contains("ReplaceHead", message, StringComparison.Ordinal);
            Assert.Contains("AllowUntrainedHead", message, StringComparison.Ordinal);
        });
        using (FeatureSet features = model.ExtractFeatures(images))
        {
            Assert.Equal((4, 64), (features.Count, features.Width));
        }

        model.FineTune(images, new Sgd(0.01), Quick with { Validation = images });
        Assert.False(model.HasUntrainedHead);
        Assert.Equal(4, model.Evaluate(images).Count);
    }

    [Fact]
    public void A_new_head_or_the_callers_word_lifts_the_refusal()
    {
        PretrainedOptions options = new() { Network = new NetworkOptions { Classes = 3 } };
        using ImageModel replaced = Pretrained.ResNet20(WriteBackbone(), options).ReplaceHead(5);
        Assert.Equal(5, replaced.Predict(SmallSets.Image(1, 0)).Scores.Count);
        using ImageModel allowed = Pretrained.ResNet20(WriteBackbone(), options with { AllowUntrainedHead = true });
        Assert.Equal(3, allowed.Predict(SmallSets.Image(1, 0)).Scores.Count);
    }

    [Fact]
    public void Texts_are_neither_predicted_nor_evaluated()
    {
        using Dataset texts = TinyText.Opinions(8);
        using TextModel model = TextModel.Load(WriteTextBackbone("BertForSequenceClassification"));
        Assert.True(model.HasUntrainedHead);
        Action[] refused =
        [
            () => model.Predict("the film"),
            () => model.Predict(["the film"]),
            () => model.Predict("the film", "a book"),
            () => model.Evaluate(texts),
        ];
        Assert.All(
            refused,
            way => Assert.Contains(
                "'classifier' is not in the file", Assert.Throws<InvalidOperationException>(way).Message, StringComparison.Ordinal));
        Assert.Equal(32, model.Embed(["the film"])[0].Length);
        model.ExtractFeatures(texts).Dispose();
        model.FineTune(texts, new AdamW(1e-3), Quick);
        Assert.Equal(2, model.Predict("the film").Scores.Count);
        Assert.Equal(8, model.Evaluate(texts).Count);

        using TextModel replaced = TextModel.Load(WriteTextBackbone("BertForSequenceClassification")).ReplaceHead(4);
        Assert.Equal(4, replaced.Predict("the film").Scores.Count);
        using TextModel asked = Pretrained.Text(_folder.Path, new Classification(["bad", "good"]));
        Assert.Equal(2, asked.Predict("the film").Scores.Count);
    }

    [Fact]
    public void A_text_backbone_has_no_task_to_predict_by()
    {
        using TextModel model = TextModel.Load(WriteTextBackbone("BertModel"));
        Assert.Contains(
            "ReplaceHead", Assert.Throws<InvalidOperationException>(() => model.Predict("the film")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Saving_does_not_make_the_head_a_trained_one(bool isText)
    {
        using TransferModel model = isText
            ? TextModel.Load(WriteTextBackbone("BertForSequenceClassification"))
            : Pretrained.ResNet20(WriteBackbone(), new PretrainedOptions { Network = new NetworkOptions { Classes = 3 } });
        string path = _folder.File("saved");
        model.Save(path);
        using TransferModel loaded = TransferModel.Load(path);
        Assert.True(loaded.HasUntrainedHead);
    }

    private string WriteBackbone()
    {
        string path = _folder.File("backbone.safetensors");
        using ImageModel whole = SmallSets.ImageModel("", "", "");
        using StateDict state = StateDict.FromTensors(whole.Module.State().Where(entry => !whole.Module.IsInHead(entry.Key)));
        state.Save(path);
        return path;
    }

    private string WriteTextBackbone(string architecture)
    {
        using TextModel whole = TinyText.Model(_folder.Path, new FeatureExtraction());
        File.WriteAllText(
            _folder.File("config.json"),
            TinyText.Config().With("architectures", new[] { architecture }).WithLabels(["bad", "good"]).ToJson());
        using StateDict state = StateDict.FromTensors(whole.Module.State());
        state.Save(_folder.File("model.safetensors"));
        return _folder.Path;
    }
}
