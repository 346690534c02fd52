namespace TransferLearning.Hosting;

/// <summary>A loaded version with those that use it: freed when it was replaced and its last batch is done.</summary>
internal sealed class ServedModel(TransferModel model, ModelVersion version)
{
    private readonly TaskCompletionSource _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _users = 1; // the service itself

    public TransferModel Model => model;

    public ModelVersion Version => version;

    /// <summary>Ends when the memory is free.</summary>
    public Task Freed => _freed.Task;

    /// <summary>Begins a use; false where the version was replaced and is free already.</summary>
    public bool TryEnter()
    {
        int users = Volatile.Read(ref _users);
        while (users > 0)
        {
            int before = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (before == users)
            {
                return true;
            }

            users = before;
        }

        return false;
    }

    /// <summary>Ends a use, the service's own too.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            model.Dispose();
            _freed.SetResult();
        }
    }
}
