using TorchSharp;
using static TorchSharp.torch;

namespace PublicParts.Tests;

public sealed class ImageFamilyTests
{
    public ImageFamilyTests() => Own.Register();

    public static TheoryData<string> Architectures => [TorchSharpFamily.Architecture, LayeredFamily.Architecture];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void A_checkpoint_is_loaded_gets_a_new_head_is_trained_saved_and_loaded_again(string architecture)
    {
        using TemporaryFolder folder = new();
        string checkpoint = folder.File("own.pth");
        using (ImageModel published = ImageModel.Create(architecture, 5, seed: 1))
        using (StateDict state = StateDict.FromTensors(published.Module.State()))
        {
            state.Save(checkpoint, CheckpointFormat.TorchZip);
        }

        using ImageModel model = Pretrained.Load(architecture, checkpoint).ReplaceHead(3, HeadInitialization.PyTorch);
        Assert.Empty(model.LoadReport!.Missing);
        using Dataset dataset = new ColorImages(96);
        TrainingHistory history = model.FineTune(dataset, new Adam(0.02), new FineTuneOptions { Epochs = 12, BatchSize = 16, Workers = 0 });
        Assert.True(history.Epochs[^1].Loss < history.Epochs[0].Loss);
        EvaluationResult result = model.Evaluate(dataset);
        Assert.True(result.Accuracy > 0.9, $"{result}");

        string saved = folder.File("colors.tl");
        model.Save(saved);
        using ImageModel again = ImageModel.Load(saved);
        Assert.Equal(dataset.ClassNames, again.ClassNames);
        Assert.Equal(Scores(model), Scores(again));
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Freezing_leaves_the_backbone_as_it_was_and_features_can_be_extracted(string architecture)
    {
        using Dataset dataset = new ColorImages(24);
        using ImageModel model = ImageModel.Create(architecture, 3).FreezeBackbone();
        float[] before = Numbers(model, inHead: false), head = Numbers(model, inHead: true);
        model.FineTune(dataset, new Sgd(0.1), new FineTuneOptions { Epochs = 1, Workers = 0 });
        Assert.Equal(before, Numbers(model, inHead: false));
        Assert.NotEqual(head, Numbers(model, inHead: true));
        using FeatureSet features = model.ExtractFeatures(dataset);
        Assert.Equal(model.Module.FeatureCount, features.ToArray(0).Length);
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void What_is_written_for_PyTorch_holds_every_weight_under_its_name(string architecture)
    {
        using TemporaryFolder folder = new();
        using ImageModel model = ImageModel.Create(architecture, 3);
        using (StateDict state = StateDict.FromTensors(model.Module.State()))
        {
            state.Save(folder.File("exported.pth"), CheckpointFormat.TorchZip);
        }

        using StateDict read = StateDict.Open(folder.File("exported.pth"));
        Assert.Equal(model.Module.State().Select(entry => entry.Key), read.Entries.Select(entry => entry.Name));
        using ImageModel other = ImageModel.Create(architecture, 3, seed: 9).LoadWeights(read);
        Assert.Equal(Scores(model), Scores(other));
    }

    [Fact]
    public void The_librarys_layers_take_LoRA_weights_and_layer_decay()
    {
        using Dataset dataset = new ColorImages(24);
        using ImageModel model = ImageModel.Create(LayeredFamily.Architecture, 3)
            .WithLora(new LoraOptions { Rank = 2, Targets = ["block.0"] })
            .WithLayerDecay(0.5);
        float[] before = Scores(model);
        model.FineTune(dataset, new Adam(0.05), new FineTuneOptions { Epochs = 2, Workers = 0 });
        Assert.NotEqual(before, Scores(model));
        float[] trained = Scores(model);
        model.MergeLora();
        Assert.All(trained.Zip(Scores(model)), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    private static float[] Scores(ImageModel model)
        => [.. model.Predict(ColorImages.Image(4)).Scores.OrderBy(score => score.Class).Select(score => (float)score.Probability)];

    private static float[] Numbers(ImageModel model, bool inHead)
    {
        using DisposeScope scope = NewDisposeScope();
        return
        [
            .. model.Module.State()
                .Where(entry => entry.Value.is_floating_point() && model.Module.IsInHead(entry.Key) == inHead)
                .SelectMany(entry => entry.Value.detach().contiguous().data<float>().ToArray()),
        ];
    }
}
