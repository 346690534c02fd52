using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using TorchSharp;

namespace TransferLearning.Mpi;

/// <summary>
/// The processes that a launcher of MPI (<c>mpirun</c>, <c>mpiexec</c>, <c>srun</c>) started, for
/// <see cref="FineTuneOptions.Communicator"/>. Without a launcher it is this process alone, so one program serves both.
/// </summary>
/// <remarks>
/// One thread at a time calls it, any thread. A process that is killed ends all: the launcher sees to that. Dispose it at the end of the
/// program; MPI cannot be started again in a process.
/// </remarks>
public sealed unsafe class MpiCommunicator : ICollective, IDisposable
{
    private static int _hasStarted;
    private readonly MpiLibrary _mpi;
    private readonly MpiOptions _options;
    private readonly Timer _deadline;
    private string _call = "";
    private bool _isDisposed;

    private MpiCommunicator(MpiOptions options)
    {
        (_options, _mpi) = (options, new MpiLibrary(options.Library));
        _deadline = new Timer(_ => Environment.FailFast(
            $"Process {Rank} of {Size} has waited {_options.Timeout} for the others in {_call}: one of them hangs or has ended. Look for "
                + $"its message above, or allow more time with {nameof(MpiOptions)}.{nameof(MpiOptions.Timeout)}."));
        if (Interlocked.Exchange(ref _hasStarted, 1) != 0)
        {
            throw new InvalidOperationException(
                "MPI was started before in this process, and can be started only once: keep the communicator.");
        }

        (Rank, Size) = Bounded("MPI_Init_thread", _mpi.Start);
        if (MpiLauncher.Size is { } started && started != Size)
        {
            End();
            throw new MpiException(
                $"The launcher started {started} processes, but {_mpi.Name} ({_mpi.Version}) sees {Size}: launcher and library are of two "
                    + "implementations of MPI, and each process would train alone. Start the program with the launcher of that library, or "
                    + $"name the launcher's library with {nameof(MpiOptions)}.{nameof(MpiOptions.Library)}.");
        }
    }

    /// <inheritdoc/>
    public int Rank { get; private set; }

    /// <inheritdoc/>
    public int Size { get; private set; } = 1;

    /// <summary>How many of the processes are on this machine.</summary>
    public int LocalSize { get; private set; } = 1;

    /// <summary>What the library says it is: <c>Open MPI v4.1.4, …</c>.</summary>
    public string Version => _mpi.Version;

    /// <summary>Starts MPI, and divides the cores of the machine among the processes on it.</summary>
    /// <param name="options">Library, timeout, threads; null means the defaults.</param>
    /// <returns>The communicator; the caller disposes it.</returns>
    /// <exception cref="MpiException">There is no MPI, it does not start, or it is another one than the launcher's.</exception>
    /// <exception cref="InvalidOperationException">It was started before in this process.</exception>
    public static MpiCommunicator Start(MpiOptions? options = null)
    {
        options ??= new MpiOptions();
        options.Validate();
        MpiCommunicator communicator = new(options);
        ulong here = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(Environment.MachineName));
        ulong[] machines = new ulong[communicator.Size];
        communicator.AllGather(MemoryMarshal.AsBytes(new[] { here }.AsSpan()), MemoryMarshal.AsBytes(machines.AsSpan()));
        communicator.LocalSize = machines.Count(machine => machine == here);
        LibTorch.Load();
        if ((options.Threads ?? Share(communicator.LocalSize)) is { } threads)
        {
            torch.set_num_threads(threads);
        }

        return communicator;
    }

    /// <inheritdoc/>
    public void AllReduce(Span<float> values) => AllReduce(values, _mpi.Float);

    /// <inheritdoc/>
    public void AllReduce(Span<double> values) => AllReduce(values, _mpi.Double);

    /// <inheritdoc/>
    public void AllReduce(Span<long> values) => AllReduce(values, _mpi.Long);

    /// <inheritdoc/>
    public void AllGather(ReadOnlySpan<byte> own, Span<byte> all)
    {
        Require(all.Length == (long)own.Length * Size, "The bytes of all are as many as there are processes times those of one.");
        for (int at = 0, count; at < own.Length; at += count)
        {
            count = Math.Min(Math.Max(_options.LargestCount / Size, 1), own.Length - at);
            byte[] pieces = new byte[count * Size];
            Call("AllGather", own.Slice(at, count), pieces, (from, to) => _mpi.AllGather(from, count, to));
            for (int rank = 0; rank < Size; rank++)
            {
                pieces.AsSpan(rank * count, count).CopyTo(all[((rank * own.Length) + at)..]);
            }
        }
    }

    /// <inheritdoc/>
    public void AllToAll(ReadOnlySpan<byte> parts, Span<byte> received)
    {
        Require(parts.Length % Size == 0 && received.Length == parts.Length, "There is a part of the same length for each process.");
        int length = parts.Length / Size;
        for (int at = 0, count; at < length; at += count)
        {
            count = Math.Min(Math.Max(_options.LargestCount / Size, 1), length - at);
            byte[] sent = new byte[count * Size], got = new byte[count * Size];
            for (int rank = 0; rank < Size; rank++)
            {
                parts.Slice((rank * length) + at, count).CopyTo(sent.AsSpan(rank * count));
            }

            Call("AllToAll", sent, got, (from, to) => _mpi.AllToAll(from, count, to));
            for (int rank = 0; rank < Size; rank++)
            {
                got.AsSpan(rank * count, count).CopyTo(received[((rank * length) + at)..]);
            }
        }
    }

    /// <inheritdoc/>
    public void Broadcast(Span<byte> bytes, int root)
    {
        Require(root >= 0 && root < Size, $"There is no process {root} among {Size}.");
        for (int at = 0, count; at < bytes.Length; at += count)
        {
            count = Math.Min(_options.LargestCount, bytes.Length - at);
            Call("Broadcast", [], bytes.Slice(at, count), (_, to) => _mpi.Broadcast(to, count, root));
        }
    }

    /// <inheritdoc/>
    public void Barrier() => Bounded("Barrier", () =>
    {
        _mpi.Barrier();
        return 0;
    });

    /// <inheritdoc/>
    public void Abort(int code)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _mpi.Abort(code);
    }

    /// <summary>Ends MPI in this process; waits for the others to end theirs.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            End();
        }
    }

    private static int? Share(int processes)
        => Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is { Length: > 0 }
            ? null
            : Math.Max(1, Environment.ProcessorCount / processes);

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new ArgumentException(what);
        }
    }

    private void AllReduce<T>(Span<T> values, nint type)
        where T : unmanaged
    {
        for (int at = 0, count; at < values.Length; at += count)
        {
            count = Math.Min(_options.LargestCount, values.Length - at);
            Call("AllReduce", [], MemoryMarshal.AsBytes(values.Slice(at, count)), (_, to) => _mpi.AllReduce(to, count, type));
        }
    }

    private void End()
    {
        Bounded("MPI_Finalize", () =>
        {
            _mpi.End();
            return 0;
        });
        _isDisposed = true;
        _deadline.Dispose();
    }

    private void Call(string name, ReadOnlySpan<byte> from, Span<byte> to, Pointers call)
    {
        fixed (byte* source = from, target = to)
        {
            byte* first = source, second = target;
            Bounded(name, () =>
            {
                call(first, second);
                return 0;
            });
        }
    }

    private T Bounded<T>(string name, Func<T> call)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _call = name;
        _deadline.Change(_options.Timeout, Timeout.InfiniteTimeSpan);
        try
        {
            return call();
        }
        finally
        {
            _deadline.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private delegate void Pointers(byte* from, byte* to);
}
