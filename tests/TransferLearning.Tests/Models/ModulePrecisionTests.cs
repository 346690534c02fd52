using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>
/// Each kind of module by itself in float32 against the same module in float64, on the input that it gets inside a network and with a
/// random upstream gradient: what float32 can be held to, since a step of a whole network depends on which activations rounding moves
/// across the kink of a ReLU.
/// </summary>
public sealed class ModulePrecisionTests
{
    private const double Tolerance = 2e-5;

    public static TheoryData<string> TextTypes => new("bert", "distilbert", "gpt2");

    [Theory]
    [MemberData(nameof(TinyNetworks.EachFormLargeOnesSlow), MemberType = typeof(TinyNetworks))]
    public void Every_kind_of_module_in_an_image_network_keeps_to_float64(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using ImageNetwork network = TinyNetworks.BuildInitialized(name);
        ParityModel.SetDropout(network, 0);
        Tensor images = TinyNetworks.Images(name, 4);
        Check(name, network, () => network.call(images));
    }

    [Theory]
    [MemberData(nameof(TextTypes))]
    public void Every_kind_of_module_in_a_text_network_keeps_to_float64(string type)
    {
        using DisposeScope scope = NewDisposeScope();
        ModelConfig config = TinyText.Config(type);
        using TextNetwork network = (TextNetwork)ConfigCatalog.Of(config).Build(config, new HeadSpec(HeadKind.Vocabulary));
        network.Initialize(1);
        ParityModel.SetDropout(network, 0);
        using TokenInput input = TokenInput.FromRows([[2, 5, 6, 7, 8, 9, 3], [2, 10, 11, 3]], 0);
        Check(type, network, () => network.call(input));
    }

    private static void Check(string name, nn.Module network, Action forward)
    {
        network.train();
        Dictionary<string, (nn.Module<Tensor, Tensor> Module, Tensor Input)> kinds = [];
        foreach (
            nn.Module<Tensor,
            Tensor> module in network.modules().OfType<nn.Module<Tensor,
            Tensor>>().Where(module => module is not (Sequential or Branches)))
        {
            string kind = module.GetType().FullName!;
            module.register_forward_hook((self, input, output) =>
            {
                if (!kinds.ContainsKey(kind))
                {
                    kinds[kind] = (self, input.detach().clone().DetachFromDisposeScope());
                }

                return output;
            });
        }

        forward();
        Assert.NotEmpty(kinds);
        Dictionary<string, (string Part, Tensor Values)[]> narrow = Run(kinds, ScalarType.Float32);
        network.to(ScalarType.Float64);
        Dictionary<string, (string Part, Tensor Values)[]> wide = Run(kinds, ScalarType.Float64);
        List<string> wrong = [];
        foreach ((string kind, (string Part, Tensor Values)[] expected) in wide)
        {
            foreach (((string part, Tensor exact), (_, Tensor found)) in expected.Zip(narrow[kind]))
            {
                double norm = exact.norm().item<double>();
                double difference = (found.to(ScalarType.Float64) - exact).norm().item<double>();
                if (difference > Tolerance * norm)
                {
                    wrong.Add($"{name}, {kind}, {part}: {difference / norm:G3} of the norm {norm:G3}");
                }
            }

            kinds[kind].Input.Dispose();
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static Dictionary<string, (string Part, Tensor Values)[]> Run(
        Dictionary<string, (nn.Module<Tensor, Tensor> Module, Tensor Input)> kinds, ScalarType precision)
    {
        Dictionary<string, (string, Tensor)[]> all = [];
        foreach ((string kind, (nn.Module<Tensor, Tensor> module, Tensor captured)) in kinds.ToArray())
        {
            (string name, TorchSharp.Modules.Parameter parameter)[] parameters = [.. module.named_parameters()];
            ScalarType type = captured.is_floating_point() ? precision : captured.dtype;
            bool learns = captured.is_floating_point();
            Tensor input = learns ? captured.to(type).detach().clone().requires_grad_() : captured;
            module.zero_grad();
            Tensor output = module.call(learns ? input.clone() : input); // some work in place
            using Generator generator = new(3);
            Tensor upstream = randn(output.shape, generator: generator).to(output.dtype);
            if (output.requires_grad)
            {
                output.backward([upstream]);
            }

            // Together: some of them, such as that of a bias before a norm, are 0 but for rounding.
            Tensor[] gradients =
            [
                .. parameters.Where(entry => entry.parameter.grad is not null).Select(entry => entry.parameter.grad!.flatten())
            ];
            all[kind] =
            [
                ("output", output.detach().clone()),
                .. input.grad is { } own ? new[] { ("gradient of the input", own.clone()) } : [],
                .. gradients.Length > 0 ? new[] { ("gradients of the parameters", cat(gradients)) } : [],
            ];
        }

        return all;
    }
}
