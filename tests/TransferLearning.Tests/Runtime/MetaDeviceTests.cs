using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>
/// A stand-in for a GPU. With weights and inputs on the CPU, whatever is made without naming a device comes to lie on LibTorch's META
/// device (shapes without data), and mixing the two is an error: so a tensor that would be made on the wrong device in the middle of a
/// pass is found.
/// </summary>
/// <remarks>
/// The weights themselves cannot lie on META: LibTorch 2.10 has neither a convolution nor <c>index_select</c>, which embeddings need,
/// there. Not run: loading, collating, the evaluation loop, the loop of generation with its cached steps, and metrics, which make tensors
/// of managed numbers on the CPU on purpose and move them. A tensor that is made on the CPU by name is not found.
/// </remarks>
public sealed class MetaDeviceTests
{
    public static TheoryData<string> TextForms => new("bert", "distilbert", "gpt2", "marian", "bart", "t5");

    public static TheoryData<string> ImageForms => TinyNetworks.EachForm;

    [Theory]
    [MemberData(nameof(ImageForms))]
    public void An_image_network_makes_nothing_on_another_device(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageNetwork network = TinyNetworks.Build(name);
        using torch.Tensor images = TinyNetworks.Images(name, 2);
        using ImageInput input = new(images.alias());
        network.train();
        Assert.Equal(DeviceType.CPU, Elsewhere(() => network.call(input)).device_type);
    }

    [Theory]
    [MemberData(nameof(TextForms))]
    public void A_text_network_makes_nothing_on_another_device(string type)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using TextNetwork network = TinyDecoders.Build(ConfigOf(type), new HeadSpec(HeadKind.Vocabulary));
        foreach ((bool training, bool masked) in new[] { (false, false), (false, true), (true, true) })
        {
            network.train(training);
            using TokenInput input = Tokens(masked, type is "marian" or "bart" or "t5" ? torch.ones([2, 4], torch.int64) : null);
            torch.Tensor outputs = Elsewhere(() => network.call(input));
            Assert.Equal(DeviceType.CPU, outputs.device_type);
            if (training)
            {
                Elsewhere(() =>
                {
                    outputs.sum().backward();
                    return outputs;
                });
            }
        }
    }

    [Fact]
    public void A_task_makes_nothing_on_another_device()
    {
        CrossEntropyLoss weighted = new(0.1, [1, 2, 3]);
        torch.Tensor next = torch.tensor(new long[,] { { 1, 2, 0, -100 }, { 2, -100, -100, -100 } });
        foreach ((LearningTask task, torch.Tensor targets) in new (LearningTask, torch.Tensor)[]
        {
            (new Regression(), torch.tensor(new float[] { 0.5f, 2 })),
            (new CausalLanguageModeling(), next),
            (new SequenceToSequence(1, 2), next),
            (new Classification(3), torch.tensor(new long[] { 0, 2 })),
            (new Classification(3) { Loss = weighted }, torch.tensor(new long[] { 0, 2 })),
            (new MultiLabelClassification(3), torch.tensor(new float[,] { { 0, 1, 0 }, { 1, 1, 0 } })),
            (new QuestionAnswering(), torch.tensor(new long[,] { { 0, 1 }, { 1, 2 } })),
            (new TokenClassification(3), torch.tensor(new long[,] { { 0, 1, 2, -100, 0 }, { 0, 1, -100, -100, -100 } })),
            (new MaskedLanguageModeling(), torch.tensor(new long[,] { { 0, 1, 2, -100, 0 }, { 0, 1, -100, -100, -100 } })),
        })
        {
            using DisposeScope scope = torch.NewDisposeScope();
            ModelConfig config = ConfigOf(task is CausalLanguageModeling ? "gpt2" : task is SequenceToSequence ? "marian" : "bert");
            using TextNetwork network = TinyDecoders.Build(config, task.Head);
            torch.Tensor? decoderIds = task is SequenceToSequence ? torch.ones([2, 4], torch.int64) : null;
            using Batch batch = new(Tokens(masked: true, decoderIds), targets.alias(), [], []);
            StepLoss result = Elsewhere(() => task.Compute(new ForwardPass(network, Device.Cpu), batch));
            Assert.Equal(DeviceType.CPU, result.Loss.device_type);
        }
    }

    [Fact]
    public void An_optimizer_steps_with_everything_on_one_device()
    {
        foreach (Optimizer rule in ScalarStress.Rules)
        {
            Assert.Equal(ScalarStress.Optimise(rule, 3).Weights, StepElsewhere(rule));

            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor there = torch.zeros([3], device: torch.META).requires_grad_();
            using OptimizerState state = rule.CreateState([new ParameterGroup("all", [("there", there)])]);
            there.mul(there).sum().backward();
            state.Step();
            state.Step();
            Assert.All(state.NamedState(), entry => Assert.Equal(DeviceType.META, entry.Value.device_type));
        }
    }

    [Fact]
    public void The_stand_in_finds_a_tensor_made_on_the_wrong_device()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor here = torch.ones(2);
        Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => Elsewhere(() => here.Add(torch.ones(2))));
        Assert.Equal(DeviceType.CPU, torch.ones(2).device_type);
    }

    private static float[] StepElsewhere(Optimizer rule)
    {
        using torch.Tensor first = torch.linspace(-1, 1, 12).requires_grad_();
        using torch.Tensor second = torch.linspace(0.5, 2, 3).requires_grad_();
        return Elsewhere(() => ScalarStress.Optimise(rule, 3, first, second));
    }

    private static ModelConfig ConfigOf(string type) => type switch
    {
        "gpt2" => TinyDecoders.Gpt2Config(),
        "marian" or "bart" => TinyDecoders.MarianConfig(type: type),
        "t5" => TinyDecoders.T5Config(),
        _ => TinyText.Config(type),
    };

    private static TokenInput Tokens(bool masked, torch.Tensor? decoderIds = null)
        => new(torch.ones([2, 5], torch.int64), masked ? torch.tensor(new long[,] { { 1, 1, 1, 1, 1 }, { 1, 1, 1, 0, 0 } }) : null)
        {
            DecoderIds = decoderIds,
        };

    private static T Elsewhere<T>(Func<T> work)
    {
        torch.set_default_device(torch.META);
        try
        {
            return work();
        }
        finally
        {
            torch.set_default_device(torch.CPU);
        }
    }
}
