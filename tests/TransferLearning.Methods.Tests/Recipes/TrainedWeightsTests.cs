using System.Text.Json;

namespace TransferLearning.Tests;

public sealed class TrainedWeightsTests
{
    [Fact]
    [Trait("Category", "Parity")]
    public void BitFit_trains_the_weights_of_the_golden()
    {
        using JsonDocument golden = ParityFolder.Json("methods/adapters.json");
        Assert.Equal("parity-adapters/1", golden.RootElement.GetProperty("schema").GetString());
        foreach (JsonProperty part in golden.RootElement.GetProperty("bitfit").EnumerateObject())
        {
            using TemporaryFolder folder = new();
            string[] all = [.. part.Value.TryGetProperty("names", out JsonElement named) ? Names(named) : []];
            using TransferModel model = part.Name switch
            {
                "resnet18" => TransferModel.Create("resnet18", part.Value.GetProperty("num_classes").GetInt32()),
                "bert" => Bert(folder.Path, all.Count(name => name.EndsWith("query.bias", StringComparison.Ordinal))),
                _ => throw new NotSupportedException($"No test knows the network '{part.Name}'."),
            };
            foreach (JsonProperty field in part.Value.EnumerateObject())
            {
                Network network = model.Module;
                switch (field.Name)
                {
                    case "num_classes":
                        break;
                    case "names":
                        Assert.Equal(all, network.named_parameters().Select(entry => entry.name));
                        break;
                    case "biases":
                        Assert.Equal(Names(field.Value), TrainedNames.Of(network, TrainedWeights.Biases));
                        break;
                    case "bias_elements":
                        Assert.Equal(field.Value.GetInt64(), Elements(network, TrainedNames.Of(network, TrainedWeights.Biases)));
                        break;
                    case "with_head":
                        Assert.Equal(Names(field.Value), RecipeTrial.Trained(model.TrainOnly(TrainedWeights.Biases)));
                        break;
                    case "with_head_elements":
                        Assert.Equal(field.Value.GetInt64(), model.TrainOnly(TrainedWeights.Biases).TrainableParameters);
                        break;
                    case "all_elements":
                        Assert.Equal(field.Value.GetInt64(), model.Unfreeze().TrainableParameters);
                        break;
                    case "query_and_intermediate_only":
                        Assert.Equal(Names(field.Value), TrainedNames.Of(network, TrainedWeights.QueryAndIntermediateBiases));
                        break;
                    default:
                        Assert.Fail($"No test knows the field '{field.Name}' of '{part.Name}'.");
                        break;
                }
            }
        }
    }

    [Fact]
    public void Norms_are_their_weights_and_biases_and_kinds_add_up()
    {
        using ImageModel model = RecipeTrial.ImageModel();
        string[] norms = RecipeTrial.Trained(model.TrainOnly(TrainedWeights.Norms));
        Assert.Equal(
            [.. model.Module.named_parameters().Select(entry => entry.name)
                .Where(name => name.Contains("bn", StringComparison.Ordinal) || model.Module.IsInHead(name))],
            norms);
        Assert.Equal(norms, RecipeTrial.Trained(model.TrainOnly(TrainedWeights.Norms | TrainedWeights.Biases))); // it has no other biases
        Assert.Equal(["linear.weight", "linear.bias"], RecipeTrial.Trained(model.TrainOnly(TrainedWeights.None)));
    }

    [Theory]
    [InlineData("texts")]
    [InlineData("sounds")]
    [InlineData("images")]
    public void Only_what_is_chosen_moves_and_that_is_saved(string modality)
    {
        using TemporaryFolder folder = new();
        (TransferModel model, Dataset samples) = RecipeTrial.Of(modality, folder.File("words"));
        using (model)
        {
            model.TrainOnly(TrainedWeights.Biases);
            string[] trained = RecipeTrial.Trained(model);
            Dictionary<string, float[]> before = Numbers(model);
            model.FineTune(samples, new AdamW(0.01), RecipeTrial.Options);
            Dictionary<string, float[]> after = Numbers(model);
            string[] moved = [.. before.Keys.Where(name => !before[name].SequenceEqual(after[name]))];
            Assert.Empty(moved.Except(trained));
            Assert.Contains(moved, name => !model.Module.IsInHead(name));

            model.Save(folder.File("saved"));
            using TransferModel loaded = TransferModel.Load(folder.File("saved"));
            Assert.Equal(trained, RecipeTrial.Trained(loaded));
        }

        static Dictionary<string, float[]> Numbers(TransferModel model) => model.Module.named_parameters()
            .ToDictionary(entry => entry.name, entry => entry.parameter.detach().contiguous().data<float>().ToArray());
    }

    [Fact]
    public void A_backbone_without_such_weights_is_refused_and_stays()
    {
        using ImageModel model = RecipeTrial.ImageModel();
        string[] before = RecipeTrial.Trained(model);
        Assert.Contains(
            "QueryAndIntermediateBiases",
            Assert.Throws<ArgumentException>(() => model.TrainOnly(TrainedWeights.QueryAndIntermediateBiases)).Message,
            StringComparison.Ordinal);
        Assert.Equal(before, RecipeTrial.Trained(model));
    }

    private static TextModel Bert(string folder, int layers)
    {
        TinyText.WriteTokenizer(folder);
        return TextModel.Create(TinyText.Config().With("num_hidden_layers", layers), folder, new Classification(2), seed: 3);
    }

    private static string[] Names(JsonElement list) => [.. list.EnumerateArray().Select(name => name.GetString()!)];

    private static long Elements(Network network, IReadOnlyList<string> names)
        => network.named_parameters().Where(entry => names.Contains(entry.name)).Sum(entry => entry.parameter.numel());
}
