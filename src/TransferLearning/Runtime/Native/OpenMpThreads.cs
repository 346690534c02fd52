using System.Runtime.ExceptionServices;

namespace TransferLearning;

/// <summary>Work on the threads on which LibTorch computes. Those of .NET's pool would turn while they wait for more, on the cores that
/// LibTorch's next operator needs: a network whose layers alternate takes a tenth longer with them.</summary>
internal static unsafe class OpenMpThreads
{
    // GCC's OpenMP and LLVM's have it, Microsoft's has not.
    private static readonly delegate* unmanaged<delegate* unmanaged<nint, void>, nint, uint, uint, void> Region =
        (delegate* unmanaged<delegate* unmanaged<nint, void>, nint, uint, uint, void>)NativeLibTorch.Export("GOMP_parallel");

    /// <summary>Whether this is so here; else .NET's pool does the work.</summary>
    public static bool AreThere => Region is not null;

    /// <summary>How many workers share pieces of work.</summary>
    public static int WorkersFor(int pieces) => Math.Min(get_num_threads(), pieces);

    /// <summary>Does pieces of work on as many threads as LibTorch uses; each thread takes the next that nobody has.</summary>
    /// <param name="pieces">How many there are.</param>
    /// <param name="work">Given the number of a worker, below <see cref="WorkersFor"/>, and of a piece. It must not
    /// use LibTorch. What it throws is thrown here once all have ended.</param>
    public static void Run(int pieces, Action<int, int> work)
    {
        int workers = WorkersFor(pieces);
        Shift shift = new(pieces, work);
        if (workers <= 1)
        {
            shift.Work();
        }
        else if (AreThere)
        {
            GCHandle handle = GCHandle.Alloc(shift);
            Region(&Enter, GCHandle.ToIntPtr(handle), (uint)workers, 0);
            handle.Free();
        }
        else
        {
            Parallel.For(0, workers, _ => shift.Work());
        }

        shift.Failure?.Throw();
    }

    [UnmanagedCallersOnly]
    private static void Enter(nint handle) => ((Shift)GCHandle.FromIntPtr(handle).Target!).Work();

    private sealed class Shift(int pieces, Action<int, int> work)
    {
        private int _workers = -1;
        private int _next = -1;

        public ExceptionDispatchInfo? Failure { get; private set; }

        public void Work()
        {
            int worker = Interlocked.Increment(ref _workers);
            try
            {
                for (int piece; (piece = Interlocked.Increment(ref _next)) < pieces && Failure is null;)
                {
                    work(worker, piece);
                }
            }
            catch (Exception exception)
            {
                // Nothing may go through native frames.
                Failure = ExceptionDispatchInfo.Capture(exception);
            }
        }
    }
}
