namespace TransferLearning.Tests;

public sealed class ScalarTests : IDisposable
{
    private static readonly string[] Sentences = ["a dog runs in the park .", "two men play a game .", "the woman reads a book ."];

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Arithmetic_under_constant_collection_has_no_fault()
        => Assert.Equal(0, ScalarStress.WhileCollecting(() => ScalarStress.Arithmetic(200)).Faults);

    [Fact]
    public void Every_optimizer_under_constant_collection_steps_as_without_it()
    {
        foreach (Optimizer rule in ScalarStress.Rules)
        {
            float[] calm = ScalarStress.Optimise(rule, 20).Weights;
            Assert.Equal(calm, ScalarStress.WhileCollecting(() => ScalarStress.Optimise(rule, 20)).Weights);
        }
    }

    [Fact]
    public void Image_training_under_constant_collection_ends_with_the_same_weights()
    {
        float[] calm = TrainImages();
        Assert.Equal(calm, ScalarStress.WhileCollecting(TrainImages, generation: 0));
    }

    [Fact]
    public void Text_training_and_generation_under_constant_collection_give_the_same()
    {
        (float[] weights, string text) = TrainText();
        (float[] again, string same) = ScalarStress.WhileCollecting(TrainText, generation: 0);
        Assert.Equal(weights, again);
        Assert.Equal(text, same);
        Assert.NotEmpty(text);
    }

    public void Dispose() => _folder.Dispose();

    private static float[] TrainImages()
    {
        using ToyTraining toy = new(4, dropout: 0.2) { Rule = ScalarStress.Rules[0] };
        toy.Train(new FineTuneOptions { Epochs = 1, BatchSize = 2, Seed = 2, Clipping = new ClipByNorm(1) });
        return toy.Weights();
    }

    private (float[] Weights, string Text) TrainText()
    {
        float[] weights;
        using (Dataset data = TinyText.Opinions(8))
        using (TextModel classifier = TinyText.Model(_folder.Path, new Classification(2)))
        {
            classifier.FineTune(data, new AdamW(3e-3), new FineTuneOptions { Epochs = 1, BatchSize = 4, Seed = 5 });
            weights = TinyText.Numbers(classifier.Module);
        }

        using TemporaryFolder other = new();
        WordPieceVocabulary.Train(Sentences, 100).Save(other.File("vocab.txt"));
        using TextModel decoder = TextModel.Create(TinyDecoders.Gpt2Config(100), other.Path, new CausalLanguageModeling(), seed: 1);
        return (weights, decoder.Generate("a dog", new GenerationOptions { MaxNewTokens = 6, MinNewTokens = 4, Beams = 2 }));
    }
}
