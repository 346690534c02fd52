namespace TransferLearning;

/// <summary>Takes the statistics of batch norms anew, over all batches of an epoch.</summary>
internal static class BatchNormUpdate
{
    /// <summary>Runs the network in evaluation mode, but for its batch norms, and gives them what they saw.</summary>
    /// <param name="network">The network; nothing of it changes before the end.</param>
    /// <param name="pass">Runs it.</param>
    /// <param name="source">The samples in batches.</param>
    /// <param name="share">How much of the statistics found is taken.</param>
    /// <param name="progress">Receives the number of samples that are done.</param>
    /// <param name="cancellationToken">Ends the work, with the statistics as they were.</param>
    /// <param name="chosen">Which batch norms learn; null for all.</param>
    /// <exception cref="InvalidOperationException">There is no batch norm in the network.</exception>
    /// <exception cref="ArgumentException">There is no readable sample.</exception>
    public static void Run(
        Network network, ForwardPass pass, IBatchSource source, double share, IProgress<int>? progress, CancellationToken cancellationToken,
        Func<BatchNorm2d, bool>? chosen = null)
    {
        using BatchNormStatistics statistics = new(network, chosen);
        if (statistics.Count == 0)
        {
            throw new InvalidOperationException($"{network.GetName()} has no batch norms, so there are no statistics to take anew.");
        }

        network.eval();
        int count = 0;
        using (no_grad())
        using (statistics.Watch())
        {
            foreach (Batch batch in source.Epoch(0, 0, cancellationToken))
            {
                using (batch)
                using (DisposeScope scope = NewDisposeScope())
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    pass.Run(batch.Input);
                    count += batch.Count;
                    progress?.Report(count);
                }
            }
        }

        if (count == 0)
        {
            throw new ArgumentException("There is no readable sample to take statistics of.");
        }

        statistics.Apply(share);
    }
}
