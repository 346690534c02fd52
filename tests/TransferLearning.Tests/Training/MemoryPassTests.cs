using System.Numerics;
using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>Optimizers in one pass over memory, beside LibTorch's operators.</summary>
public sealed class MemoryPassTests
{
    private static readonly Optimizer[] Rules =
    [
        new Sgd(0.1), new Sgd(0.1, momentum: 0.9), new Sgd(0.1, momentum: 0.9, dampening: 0.1, weightDecay: 0.01),
        new Sgd(0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true), new Adam(0.01), new Adam(0.01, weightDecay: 0.1),
        new Adam(0.01, amsgrad: true), new AdamW(0.01), new AdamW(0.01, weightDecay: 0.2, amsgrad: true),
    ];

    // Less than a vector, one, one and a little, and more than one stretch.
    private static readonly long[][] Shapes = [[1], [3], [Vector<float>.Count], [5, 7], [(1 << 16) + 3], [6, 5, 3, 3]];

    public static TheoryData<Optimizer> Each() => [.. Rules];

    [Theory]
    [MemberData(nameof(Each))]
    public void Gives_what_the_operators_give(Optimizer rule)
    {
        foreach (long[] shape in Shapes)
        {
            AssertAlike(rule, generator => torch.randn(shape, generator: generator));
        }
    }

    [Theory]
    [MemberData(nameof(Each))]
    public void Gives_it_for_filters_with_the_channels_last(Optimizer rule)
        => AssertAlike(rule, generator => MemoryLayout.WithChannelsLast(torch.randn([6, 5, 3, 3], generator: generator)));

    [Theory]
    [MemberData(nameof(Each))]
    public void Leaves_other_layouts_and_types_to_the_operators(Optimizer rule)
    {
        AssertAlike(rule, generator => torch.randn([4, 6], generator: generator).t());
        AssertAlike(rule, generator => torch.randn([4, 6], torch.ScalarType.Float64, generator: generator));
        AssertAlike(rule, generator => torch.randn([4, 12], generator: generator).slice(1, 0, 12, 2));
    }

    [Fact]
    public void Threads_change_nothing()
    {
        int threads = torch.get_num_threads();
        try
        {
            torch.set_num_threads(1);
            float[] one = Trained(new AdamW(0.1), inOnePass: true, generator => torch.randn([300_000], generator: generator), 3);
            torch.set_num_threads(3);
            Assert.Equal(one, Trained(new AdamW(0.1), inOnePass: true, generator => torch.randn([300_000], generator: generator), 3));
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    [Fact]
    public void A_number_that_is_not_finite_stays_one()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor weights = torch.ones(9).requires_grad_();
        using OptimizerState state = new AdamW(0.1).CreateState([new ParameterGroup("all", [("w", weights)])]);
        torch.Tensor gradient = torch.ones(9);
        gradient[8] = torch.tensor(float.NaN);
        weights.grad = gradient;
        state.Step();
        float[] numbers = weights.data<float>().ToArray();
        Assert.All(numbers[..8], value => Assert.True(float.IsFinite(value)));
        Assert.True(float.IsNaN(numbers[8]));
    }

    private static void AssertAlike(Optimizer rule, Func<torch.Generator, torch.Tensor> make)
    {
        float[] once = Trained(rule, inOnePass: true, make, 5), often = Trained(rule, inOnePass: false, make, 5);
        Assert.Equal(often.Length, once.Length);
        for (int i = 0; i < once.Length; i++)
        {
            // LibTorch's square root is not rounded correctly; steps are of 0.1 and less.
            float tolerance = rule is Sgd ? 0 : 1e-6f;
            Assert.True(Math.Abs(often[i] - once[i]) <= tolerance, $"{rule}, number {i} of {once.Length}: {once[i]:R}, not {often[i]:R}.");
        }
    }

    private static float[] Trained(Optimizer rule, bool inOnePass, Func<torch.Generator, torch.Tensor> make, int steps)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using torch.Generator generator = new(7);
        torch.Tensor weights = make(generator).detach().requires_grad_();
        using OptimizerState state = rule.CreateState([new ParameterGroup("all", [("w", weights)])]);
        state.InOnePass = inOnePass;
        for (int i = 0; i < steps; i++)
        {
            torch.Tensor gradient = make(generator), before = gradient.clone();
            weights.grad = gradient;
            state.Step();
            Assert.True(weights.grad!.eq(before).all().item<bool>());
        }

        return weights.detach().to(torch.ScalarType.Float32).contiguous().data<float>().ToArray();
    }
}
