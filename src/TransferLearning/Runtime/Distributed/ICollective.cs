namespace TransferLearning;

/// <summary>
/// Several processes that work on one job: what training in parallel needs of whatever connects them. The package
/// <c>TransferLearning.Mpi</c> has the one over MPI; hand it to <see cref="FineTuneOptions.Communicator"/>.
/// </summary>
/// <remarks>
/// Every process makes the same calls in the same order with spans of the same length, and a call returns when all have made it. One thread
/// at a time calls. An implementation throws an exception of its own where the connection fails, and bounds how long a call may wait.
/// </remarks>
public interface ICollective
{
    /// <summary>The number of this process, from 0; process 0 logs, reports and writes checkpoints.</summary>
    int Rank { get; }

    /// <summary>How many processes there are, at least 1.</summary>
    int Size { get; }

    /// <summary>Replaces the values by their sums over all processes: equal to the bit in each.</summary>
    /// <param name="values">The values of this process.</param>
    void AllReduce(Span<float> values);

    /// <inheritdoc cref="AllReduce(Span{float})"/>
    void AllReduce(Span<double> values);

    /// <inheritdoc cref="AllReduce(Span{float})"/>
    void AllReduce(Span<long> values);

    /// <summary>Puts the bytes of all processes in a row, in the order of their numbers.</summary>
    /// <param name="own">The bytes of this process, as many in each.</param>
    /// <param name="all">Receives them: <see cref="Size"/> times as many.</param>
    void AllGather(ReadOnlySpan<byte> own, Span<byte> all);

    /// <summary>Sends a part to each process: part j of process i becomes part i of process j.</summary>
    /// <param name="parts">The parts for each process, in the order of their numbers, of equal lengths.</param>
    /// <param name="received">Receives as many bytes: the parts from each process.</param>
    void AllToAll(ReadOnlySpan<byte> parts, Span<byte> received);

    /// <summary>Replaces the bytes by those of one process.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="root">Whose bytes they are.</param>
    void Broadcast(Span<byte> bytes, int root);

    /// <summary>Waits until all processes are here.</summary>
    void Barrier();

    /// <summary>Ends all processes at once, whatever they do.</summary>
    /// <param name="code">The exit code, above 0.</param>
    void Abort(int code);
}
