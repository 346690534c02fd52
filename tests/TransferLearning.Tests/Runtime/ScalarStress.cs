using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>
/// Calls of LibTorch with numbers while another thread collects garbage without pause: a Scalar that nothing holds fails in it.
/// </summary>
internal static class ScalarStress
{
    private const int CallsPerRound = 8;
    private const int CallsPerParameter = 3; // every rule makes at least so many with a Scalar

    public static IReadOnlyList<Optimizer> Rules =>
    [
        new Sgd(0.05, momentum: 0.9, weightDecay: 1e-3, nesterov: true),
        new Adam(0.01, weightDecay: 1e-3),
        new AdamW(0.01, amsgrad: true),
        new RmsProp(0.01, momentum: 0.5),
        new Adagrad(0.05, weightDecay: 1e-3),
    ];

    /// <summary>Does some work while garbage is collected all the time.</summary>
    /// <param name="work">The work.</param>
    /// <param name="generation">What is collected; 0, where a temporary Scalar dies, is quicker than everything.</param>
    public static T WhileCollecting<T>(Func<T> work, int generation = 2)
    {
        bool stop = false;
        Thread collector = new(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                GC.Collect(generation);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            return work();
        }
        finally
        {
            Volatile.Write(ref stop, true);
            collector.Join();
        }
    }

    /// <summary>Arithmetic of which the result is known.</summary>
    /// <returns>How many calls had a Scalar, and how many rounds gave another result or an error.</returns>
    public static (long Calls, long Faults) Arithmetic(int rounds)
    {
        using IDisposable guard = torch.no_grad();
        using torch.Tensor ones = torch.ones(3);
        using torch.Tensor counter = torch.zeros([], torch.int64);
        using torch.Tensor values = torch.zeros(3);
        long faults = 0;
        for (int round = 0; round < rounds; round++)
        {
            try
            {
                using DisposeScope scope = torch.NewDisposeScope();
                counter.zero_();
                counter.add_(Scalars.One, Scalars.One);
                values.Fill(0.5);
                values.AddInPlace(ones);
                torch.Tensor result = values.Add(ones).Multiply(2.0).Divide(4.0).Subtract(0.25).Add(3);
                if (counter.item<long>() != 1 || result[2].item<float>() != 4)
                {
                    faults++;
                }
            }
            catch (System.Runtime.InteropServices.ExternalException)
            {
                faults++;
            }
        }

        return ((long)rounds * CallsPerRound, faults);
    }

    /// <summary>Steps of a rule on a small problem.</summary>
    /// <returns>How many calls had a Scalar at least, and the weights at the end.</returns>
    public static (long Calls, float[] Weights) Optimise(Optimizer rule, int steps)
    {
        using torch.Tensor first = torch.linspace(-1, 1, 12).requires_grad_();
        using torch.Tensor second = torch.linspace(0.5, 2, 3).requires_grad_();
        return ((long)steps * 2 * CallsPerParameter, Optimise(rule, steps, first, second));
    }

    /// <summary>Steps of a rule on two tensors.</summary>
    /// <returns>The weights at the end.</returns>
    public static float[] Optimise(Optimizer rule, int steps, torch.Tensor first, torch.Tensor second)
    {
        using OptimizerState state = rule.CreateState([new ParameterGroup("all", [("first", first), ("second", second)])]);
        for (int step = 0; step < steps; step++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            state.ZeroGrad();
            first.mul(first).sum().Add(second.mul(second).sum()).backward();
            new ClipByNorm(1).Apply([first, second]);
            state.Step();
        }

        return [.. first.data<float>(), .. second.data<float>()];
    }
}
