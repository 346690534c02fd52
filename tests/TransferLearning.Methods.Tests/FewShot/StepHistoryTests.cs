using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Where L-BFGS goes next, beside the matrices that it stands for.</summary>
public sealed class StepHistoryTests
{
    private const int Size = 7;
    private const int Remembered = 10;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(25)] // more than are remembered
    public void The_direction_is_that_of_the_matrix_which_every_remembered_step_updates(int steps)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Generator random = new(5);
        Tensor root = randn(Size, Size, dtype: ScalarType.Float64, generator: random);
        Tensor second = root.mm(root.t()).add(eye(Size, dtype: ScalarType.Float64));
        StepHistory history = new(zeros(Size, dtype: ScalarType.Float64));
        List<(Tensor Step, Tensor Change)> pairs = [];
        Tensor gradient = zeros(Size, dtype: ScalarType.Float64);
        for (int i = 0; i < steps; i++)
        {
            Tensor step = randn(Size, dtype: ScalarType.Float64, generator: random);
            gradient = randn(Size, dtype: ScalarType.Float64, generator: random);
            pairs.Add((step, second.mv(step)));
            history.Add(step, second.mv(step), gradient);
            if (i == 2)
            {
                history.Add(step, step.neg(), gradient); // curves downwards, so it is left out
            }
        }

        Assert.True(allclose(Inverse(pairs).mv(gradient).neg(), history.Direction(), rtol: 1e-8, atol: 1e-10));
    }

    // Nocedal and Wright: Numerical Optimization (2006), 6.17 and 7.20.
    private static Tensor Inverse(List<(Tensor Step, Tensor Change)> pairs)
    {
        (Tensor lastStep, Tensor lastChange) = pairs[^1];
        Tensor unit = eye(Size, dtype: ScalarType.Float64);
        Tensor inverse = unit.mul(lastStep.dot(lastChange).div(lastChange.dot(lastChange)));
        foreach ((Tensor step, Tensor change) in pairs.TakeLast(Remembered))
        {
            Tensor curvature = step.dot(change);
            Tensor left = unit.sub(step.outer(change).div(curvature));
            inverse = left.mm(inverse).mm(left.t()).add(step.outer(step).div(curvature));
        }

        return inverse;
    }
}
