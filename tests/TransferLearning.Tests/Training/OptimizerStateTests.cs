using TorchSharp;

namespace TransferLearning.Tests;

public sealed class OptimizerStateTests
{
    public static TheoryData<Optimizer> Kinds() =>
    [
        new Sgd(0.05), new Sgd(0.05, momentum: 0.9, weightDecay: 0.01, nesterov: true), new Adam(0.1, amsgrad: true), new AdamW(0.1),
        new RmsProp(0.02, momentum: 0.9, centered: true), new Adagrad(0.3, rateDecay: 0.1, initialSum: 0.5),
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Resumes_bit_for_bit(Optimizer optimizer)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor straight = Start(), broken = Start();
        using OptimizerState whole = optimizer.CreateState(One(straight));
        using OptimizerState first = optimizer.CreateState(One(broken));
        Run(whole, straight, 12);
        Run(first, broken, 5);

        using OptimizerState second = optimizer.CreateState(One(broken));
        second.LoadState(
            first.NamedState().ToDictionary(p => p.Name, p => p.Value), first.StepCounts.ToDictionary(p => p.Name, p => p.Count));
        Run(second, broken, 7);

        Assert.Equal(straight.data<float>().ToArray(), broken.data<float>().ToArray());
        Assert.Equal([("x", 12L)], second.StepCounts);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Leaves_no_tensor_behind(Optimizer optimizer)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor parameter = Start();
        using OptimizerState state = optimizer.CreateState(One(parameter));
        Run(state, parameter, 2);
        long before = LibTorch.LiveTensorCount;
        for (int i = 0; i < 20; i++)
        {
            state.Step();
        }

        Assert.Equal(before, LibTorch.LiveTensorCount);
        state.ZeroGrad();
        Assert.Equal(before, LibTorch.LiveTensorCount);
    }

    [Fact]
    public void Keeps_what_it_remembers_when_the_scope_of_the_step_ends()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor parameter = Start();
        OptimizerState state = new AdamW(0.1).CreateState(One(parameter));
        using (torch.NewDisposeScope())
        {
            Run(state, parameter, 1);
        }

        Assert.Equal(["x.exp_avg", "x.exp_avg_sq"], state.NamedState().Select(p => p.Name));
        Run(state, parameter, 1);
        torch.Tensor mean = state.NamedState()[0].Value;
        state.Dispose();
        Assert.True(mean.IsInvalid);
    }

    [Fact]
    public void Passes_over_parameters_without_a_gradient()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor moved = Start(), still = Start();
        using OptimizerState state = new AdamW(0.1).CreateState([new ParameterGroup("all", [("moved", moved), ("still", still)])]);
        Run(state, moved, 3);
        Assert.Equal([("moved", 3L)], state.StepCounts);
        Assert.Equal(Start().data<float>().ToArray(), still.data<float>().ToArray());
    }

    [Fact]
    public void Forgets_gradients()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor parameter = Start();
        using OptimizerState state = new Sgd(0.1).CreateState(One(parameter));
        parameter.sum().backward();
        Assert.NotNull(parameter.grad);
        state.ZeroGrad();
        Assert.Null(parameter.grad);
    }

    [Fact]
    public void Leaves_the_gradient_as_it_was()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor parameter = Start();
        using OptimizerState state = new Sgd(0.1, momentum: 0.9, weightDecay: 0.5, nesterov: true).CreateState(One(parameter));
        for (int i = 0; i < 2; i++)
        {
            state.ZeroGrad();
            parameter.sum().backward();
            state.Step();
        }

        Assert.All(parameter.grad!.data<float>().ToArray(), value => Assert.Equal(1f, value));
    }

    [Fact]
    public void Follows_a_rate_and_a_momentum_that_move()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor parameter = torch.zeros(1).requires_grad_();
        ParameterGroup part = new("all", [("x", parameter)], RateFactor: 0.5);
        using OptimizerState state = new Sgd(1, momentum: 0.5).CreateState([part]);
        foreach ((double rate, double momentum) in ((double, double)[])[(1, 0.5), (2, 0.25)])
        {
            state.LearningRate = rate;
            state.Momentum = momentum;
            state.ZeroGrad();
            parameter.sum().backward();
            state.Step();
        }

        // -0.5 * 1 - 0.5 * 2 * (0.25 * 1 + 1)
        Assert.Equal(-1.75f, parameter.item<float>());
    }

    [Fact]
    public void Refuses_groups_it_cannot_train()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor parameter = Start();
        Assert.Contains("frozen", Assert.Throws<ArgumentException>(() => new Sgd(0.1).CreateState([])).Message, StringComparison.Ordinal);
        Assert.Contains(
            "'x'",
            Assert.Throws<ArgumentException>(() => new Sgd(0.1).CreateState([.. One(parameter), .. One(parameter)])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_saved_state_that_does_not_fit()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor parameter = Start();
        using OptimizerState state = new Adam(0.1).CreateState(One(parameter));
        Run(state, parameter, 1);
        Dictionary<string, long> counts = new() { ["x"] = 4 };
        torch.Tensor good = torch.ones(3), bad = torch.ones(4);

        AssertRefused(new() { ["y.exp_avg"] = good }, "y.exp_avg");
        AssertRefused(new() { ["x.exp_avg"] = good }, "x.exp_avg_sq");
        AssertRefused(new() { ["x.exp_avg"] = good, ["x.exp_avg_sq"] = bad }, "[4]");
        AssertRefused(new() { ["x.exp_avg"] = good, ["x.exp_avg_sq"] = good.to(torch.float64) }, "Float64");
        Assert.Equal([("x", 1L)], state.StepCounts);

        void AssertRefused(Dictionary<string, torch.Tensor> saved, string named)
        {
            ArgumentException refusal = Assert.Throws<ArgumentException>(() => state.LoadState(saved, counts));
            Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Numbers_out_of_range_are_refused_by_name()
    {
        AssertRefused("learningRate", () => new Sgd(-1));
        AssertRefused("learningRate", () => new Adam(double.NaN));
        AssertRefused("momentum", () => new Sgd(0.1, momentum: -0.1));
        AssertRefused("weightDecay", () => new AdamW(weightDecay: double.PositiveInfinity));
        AssertRefused("beta1", () => new Adam(beta1: 1));
        AssertRefused("beta2", () => new AdamW(beta2: -0.1));
        AssertRefused("alpha", () => new RmsProp(alpha: 1.1));
        AssertRefused("rateDecay", () => new Adagrad(rateDecay: -1));
        AssertRefused("LearningRate", () => new Sgd(0.1) with { LearningRate = -1 });
        AssertRefused("maximum", () => new ClipByNorm(-1));
        Assert.Throws<ArgumentException>(() => new Sgd(0.1, nesterov: true));

        static void AssertRefused(string name, Func<object> make)
            => Assert.Equal(name, Assert.Throws<ArgumentOutOfRangeException>(make).ParamName);
    }

    private static torch.Tensor Start() => torch.tensor(new[] { 1f, -2f, 0.5f }).requires_grad_();

    private static ParameterGroup[] One(torch.Tensor parameter) => [new ParameterGroup("all", [("x", parameter)])];

    private static void Run(OptimizerState state, torch.Tensor parameter, int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            state.ZeroGrad();
            (parameter.pow(2) * 0.7 + parameter).sum().backward();
            state.Step();
        }
    }
}
