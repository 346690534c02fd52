using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>
/// The networks whose training ended the process, or gave wrong numbers, where oneDNN's cache sizes are hidden: one step each.
/// </summary>
[Trait("Category", "Slow")]
public sealed class LargeNetworkStepTests
{
    public static TheoryData<string, int, int> Cases => new()
    {
        { "resnet50", 64, 4 },
        { "vit_b_16", 224, 2 },
        { "convnext_tiny", 64, 4 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_step_gives_the_same_in_both_layouts_and_learns(string name, int side, int count)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageNetwork network = ModelCatalog.Get(name).Build(new NetworkOptions { Classes = 3 });
        network.Initialize(1);
        ParityModel.SetDropout(network, 0);

        // In evaluation mode batch statistics of a handful of images do not blow rounding up; gradients flow all the same.
        network.eval();
        using torch.Generator generator = new(2);
        torch.Tensor images = torch.randn([count, 3, side, side], generator: generator);
        torch.Tensor labels = torch.arange(count).remainder(3);
        (double plainLoss, double[] plain, torch.Tensor plainGradient) = Step(null);
        (double lastLoss, double[] last, torch.Tensor lastGradient) = Step(MemoryLayout.WithChannelsLast(images));

        Assert.Equal(plainLoss, lastLoss, 1e-4 * plainLoss);

        // Loss and logits are continuous in rounding, gradients are not: an activation that it moves across a ReLU's kink changes them by
        // 1e-3 here and there. What is looked for is a wrong kernel, which turns the gradient elsewhere.
        double cosine = ((plainGradient * lastGradient).sum() / (plainGradient.norm() * lastGradient.norm())).item<float>();
        Assert.True(cosine > 0.9999, $"{cosine}");
        Assert.All(plain.Zip(last), pair => Assert.Equal(pair.First, pair.Second, 0.03 * Math.Max(pair.First, 1e-2 * plain.Max())));

        // A step of plain gradient descent lowers the loss on the same batch, if it is short enough for the loss to be nearly a plane.
        double length = 0.01 / Math.Max(1, plain.Max());
        Move(-length);
        for (int halvings = 0; Value() >= plainLoss && halvings < 12; halvings++)
        {
            length /= 2;
            Move(length);
        }

        Assert.True(Value() < plainLoss, $"{Value()} after {length}, {plainLoss} before");
        network.train();
        (double trainedLoss, double[] trained, _) = Step(null);
        Assert.True(double.IsFinite(trainedLoss) && trained.All(double.IsFinite));

        void Move(double factor)
        {
            using IDisposable guard = torch.no_grad();
            foreach (TorchSharp.Modules.Parameter parameter in network.parameters())
            {
                using torch.Tensor? gradient = parameter.grad;
                parameter.add_(gradient!.mul(factor));
            }
        }

        double Value()
        {
            using IDisposable guard = torch.no_grad();
            return Loss(images).item<float>();
        }

        (double Loss, double[] Norms, torch.Tensor Gradient) Step(torch.Tensor? laid)
        {
            network.zero_grad();
            torch.Tensor loss = Loss(laid ?? images);
            loss.backward();
            return (
                loss.item<float>(),
                [.. network.parameters().Select(parameter => (double)parameter.grad!.norm().item<float>())],
                torch.cat([.. network.parameters().Select(parameter => parameter.grad!.flatten())]));
        }

        torch.Tensor Loss(torch.Tensor input) => torch.nn.functional.cross_entropy(network.call(input), labels);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_step_in_bfloat16_has_nearly_the_gradients_of_float32(string name, int side, int count)
    {
        Assert.SkipUnless(Autocast.IsSupported && LibTorch.OneDnnIsOn, "bfloat16 needs autocast and oneDNN.");
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageNetwork network = ModelCatalog.Get(name).Build(new NetworkOptions { Classes = 3 });
        network.Initialize(1);
        ParityModel.SetDropout(network, 0);
        network.eval();
        using torch.Generator generator = new(2);
        torch.Tensor images = torch.randn([count, 3, side, side], generator: generator);
        torch.Tensor labels = torch.arange(count).remainder(3);
        torch.Tensor exact = Gradient(cast: false);
        torch.Tensor close = Gradient(cast: true);
        double cosine = ((exact * close).sum() / (exact.norm() * close.norm())).item<float>();
        Assert.True(cosine > 0.99, $"{cosine}");

        torch.Tensor Gradient(bool cast)
        {
            network.zero_grad();
            torch.Tensor loss;
            using (cast ? new Autocast(DeviceType.CPU) : null)
            {
                loss = torch.nn.functional.cross_entropy(network.call(images).to(torch.ScalarType.Float32), labels);
            }

            loss.backward();
            return torch.cat([.. network.parameters().Select(parameter => parameter.grad!.flatten())]);
        }
    }
}
