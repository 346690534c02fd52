namespace TransferLearning;

/// <summary>The network as it was when a run began, in the memory of the one that is trained: its weights are put into it for the time of a
/// pass.</summary>
internal sealed class StartingNetwork(Network network) : IDisposable
{
    private readonly WeightSnapshot _start = new(network);

    /// <summary>Runs the network with the weights and statistics of the start, as in evaluation and without gradients. No gradient may be
    /// under way.</summary>
    public T Run<T>(Func<T> run)
    {
        using EvaluationMode mode = new(network);
        using IDisposable guard = no_grad();
        _start.Exchange();
        try
        {
            return run();
        }
        finally
        {
            _start.Exchange();
        }
    }

    public void Dispose() => _start.Dispose();
}
