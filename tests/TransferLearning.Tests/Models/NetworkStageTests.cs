namespace TransferLearning.Tests;

public sealed class NetworkStageTests
{
    public static TheoryData<string> Architectures => new(ModelCatalog.Variants.Select(variant => variant.Name));

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Every_weight_outside_the_head_belongs_to_one_stage(string architecture)
    {
        using Network network = ModelCatalog.Get(architecture).Build();
        Assert.Distinct(network.Stages.Select(stage => stage.Name));
        NetworkStage head = new(network.HeadName);
        HashSet<NetworkStage> filled = [];
        foreach (string name in network.named_parameters().Select(parameter => parameter.name).Where(name => !head.Holds(name)))
        {
            NetworkStage[] holders = [.. network.Stages.Where(stage => stage.Holds(name))];
            Assert.True(holders.Length == 1, $"{architecture}: {holders.Length} stages hold {name}.");
            filled.Add(holders[0]);
        }

        Assert.Equal(network.Stages.Count, filled.Count);
    }
}
