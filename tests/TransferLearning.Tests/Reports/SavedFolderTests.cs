namespace TransferLearning.Tests;

/// <summary>A saved folder holds what was saved and nothing of an older model.</summary>
public sealed class SavedFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Files_of_an_older_model_are_gone_and_others_stay(bool pretrained)
    {
        string target = _folder.File("target");
        string[] older =
        [
            "tokenizer.json", "added_tokens.json", "special_tokens_map.json", "generation_config.json", "vocab.json", "merges.txt",
            "spiece.model",
            "pytorch_model.bin", "model-00001-of-00002.safetensors", "model.safetensors.index.json", "adapter_config.json",
            "adapter_model.safetensors",
        ];
        Directory.CreateDirectory(target);
        foreach (string name in older.Append("README.md"))
        {
            File.WriteAllText(Path.Combine(target, name),
                """{"added_tokens": [], "model": {"type": "BPE", "vocab": {}, "merges": []}, "max_length": 1}""");
        }

        using TextModel model = TinyText.Model(_folder.File("tokenizer"), new Classification(["bad", "good"]));
        if (pretrained)
        {
            model.SavePretrained(target);
        }
        else
        {
            model.Save(target);
        }

        Assert.All(older, name => Assert.False(File.Exists(Path.Combine(target, name)), name));
        Assert.True(File.Exists(Path.Combine(target, "README.md")));
        using TextModel loaded = TextModel.Load(target);
        Assert.Equal(model.Tokenizer.Encode("the good film").Ids, loaded.Tokenizer.Encode("the good film").Ids);
        Assert.Equal(model.Predict("the good film").Probability, loaded.Predict("the good film").Probability);
        Assert.Equal(["bad", "good"], loaded.ClassNames);
    }

    [Fact]
    public void Saving_over_the_folder_it_was_loaded_from_keeps_its_own_tokenizer()
    {
        using (TextModel first = TinyText.Model(_folder.File("own")))
        {
            first.Save(_folder.File("own"));
        }

        using TextModel model = TextModel.Load(_folder.File("own"));
        model.Save(_folder.File("own"));
        using TextModel again = TextModel.Load(_folder.File("own"));
        Assert.Equal(TinyText.Numbers(model.Module), TinyText.Numbers(again.Module));
    }
}
