namespace TransferLearning;

/// <summary>Gives batch norms statistics of other data, or of other weights: a forward pass over samples in which nothing else
/// learns.</summary>
/// <param name="norms">The batch norms; they stay the network's.</param>
/// <param name="network">The network, of which all else runs as in evaluation.</param>
/// <param name="batches">Gives the samples.</param>
/// <param name="pass">Runs the network.</param>
internal sealed class BatchNormStatistics(
    IReadOnlyList<BatchNorm2d> norms, Network network, Func<IEnumerable<Batch>> batches, ForwardPass pass) : IDisposable
{
    private WeightSnapshot? _before;

    /// <summary>The batch norms whose statistics a run changes, and its samples; null where there are none.</summary>
    public static BatchNormStatistics? OfRun(TrainingPlan plan, IBatchSource source)
    {
        TrainingMode.Enter(plan.Network, plan.FreezeStatistics);
        BatchNorm2d[] norms = [.. plan.Network.modules().OfType<BatchNorm2d>().Where(norm => norm.training)];
        plan.Network.eval();
        return norms.Length == 0
            ? null
            : new BatchNormStatistics(
                norms, plan.Network, () => source.Epoch(0).Where(batch => IsLargeEnough(batch, plan.SmallestBatch)), plan.Pass);
    }

    /// <summary>Takes the statistics of the samples, each batch counted alike, and remembers those before.</summary>
    public void Update()
    {
        _before?.Dispose();
        _before = WeightSnapshot.OfBuffers(network);
        network.eval();
        foreach (BatchNorm2d norm in norms)
        {
            norm.train();
        }

        Learn(norms, Passes(), null);
        network.eval();
    }

    /// <summary>Puts back what was there before <see cref="Update"/>.</summary>
    public void Restore()
    {
        _before?.Restore();
        _before?.Dispose();
        _before = null;
    }

    /// <summary>Runs batches through batch norms that are in training mode.</summary>
    /// <param name="norms">The batch norms.</param>
    /// <param name="passes">Runs one batch each.</param>
    /// <param name="momentum">The share of each batch in the statistics; null forgets those before and counts all batches alike.</param>
    public static void Learn(IReadOnlyList<BatchNorm2d> norms, IEnumerable<Action> passes, double? momentum)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        double[] before = [.. norms.Select(norm => norm.Momentum)];
        int done = 0;
        try
        {
            foreach (BatchNorm2d norm in momentum is null ? norms : [])
            {
                norm.ResetStatistics();
            }

            foreach (Action pass in passes)
            {
                done++;
                foreach (BatchNorm2d norm in norms)
                {
                    norm.Momentum = momentum ?? 1.0 / done;
                }

                pass();
            }
        }
        finally
        {
            for (int i = 0; i < before.Length; i++)
            {
                norms[i].Momentum = before[i];
            }
        }
    }

    public void Dispose() => _before?.Dispose();

    private static bool IsLargeEnough(Batch batch, int smallest)
    {
        if (batch.Count >= smallest)
        {
            return true;
        }

        batch.Dispose();
        return false;
    }

    private IEnumerable<Action> Passes()
    {
        foreach (Batch batch in batches())
        {
            yield return () =>
            {
                using (batch)
                using (DisposeScope scope = NewDisposeScope())
                {
                    pass.Run(batch.Input);
                }
            };
        }
    }
}
