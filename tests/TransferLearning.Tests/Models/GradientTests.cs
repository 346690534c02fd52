using TorchSharp;

namespace TransferLearning.Tests;

public sealed class GradientTests
{
    [Theory]
    [MemberData(nameof(TinyNetworks.EachForm), MemberType = typeof(TinyNetworks))]
    public void Every_parameter_gets_a_gradient(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageNetwork network = TinyNetworks.BuildInitialized(name);
        ParityModel.SetDropout(network, 0);
        network.train();
        torch.Tensor images = TinyNetworks.Images(name, 2, forAuxiliaryHeads: network.AuxiliaryWeight > 0);
        (torch.Tensor logits, IReadOnlyList<torch.Tensor> auxiliary) = network.ForwardTraining(images);
        torch.Tensor loss = auxiliary.Prepend(logits).Select(output => output.sum()).Aggregate((sum, output) => sum + output);
        loss.backward();
        foreach ((string parameter, TorchSharp.Modules.Parameter weight) in network.named_parameters())
        {
            using torch.Tensor? gradient = weight.grad;
            Assert.True(gradient is not null, $"{parameter} has no gradient.");
            Assert.True(double.IsFinite(gradient.sum().item<float>()), $"The gradient of {parameter} is not finite.");
        }
    }
}
