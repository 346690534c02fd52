using TorchSharp;

namespace TransferLearning.Tests;

public sealed class StageRatesTests
{
    [Fact]
    public void A_table_goes_before_the_spread_and_names_the_head_too()
    {
        StageRates rates = StageRates.Decaying(0.5) with { Factors = new Dictionary<string, double> { ["stem"] = 0.3, ["head"] = 2 } };
        using ImageModel model = RecipeTrial.ImageModel();
        Dictionary<string, double> factors = model.Parts(rates).Groups.ToDictionary(group => group.Name, group => group.RateFactor);
        Assert.Equal(
            new Dictionary<string, double> { ["stem"] = 0.3, ["layer1"] = 0.125, ["layer2"] = 0.25, ["layer3"] = 0.5, ["head"] = 2 },
            factors);
        Assert.Throws<ArgumentOutOfRangeException>(() => new StageRates { Factors = new Dictionary<string, double> { ["stem"] = 0 } });
        Assert.Throws<ArgumentOutOfRangeException>(() => StageRates.Spread(0));
    }

    [Fact]
    public void A_stage_moves_by_its_factor()
    {
        float full = Moved(null), tenth = Moved(new StageRates { Factors = new Dictionary<string, double> { ["stem"] = 0.1 } });
        Assert.Equal(full / 10, tenth, full / 1000);

        static float Moved(StageRates? rates)
        {
            using ImageModel model = RecipeTrial.ImageModel();
            torch.Tensor stem = model.Module.get_parameter("conv1.weight")!;
            using torch.Tensor before = stem.detach().clone();
            model.FineTune(RecipeTrial.Images, new Sgd(0.01), RecipeTrial.Options with { Epochs = 1, BatchSize = 18, StageRates = rates });
            using DisposeScope scope = torch.NewDisposeScope();
            return stem.detach().sub(before).abs().sum().item<float>();
        }
    }

    [Fact]
    public void Layer_decay_of_the_model_is_the_same_as_decaying_rates()
    {
        using ImageModel model = RecipeTrial.ImageModel().WithLayerDecay(0.5);
        Assert.Equal(
            model.Parts(StageRates.Decaying(0.5)).Groups.Select(group => group.RateFactor),
            model.Parts().Groups.Select(group => group.RateFactor));
    }
}
