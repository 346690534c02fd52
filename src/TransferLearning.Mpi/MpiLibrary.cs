using System.Runtime.InteropServices;
using System.Text;

namespace TransferLearning.Mpi;

/// <summary>
/// The functions of an installed MPI that are needed here. Its handles are addresses of exported objects in Open MPI and whole numbers in
/// MPICH and what has its binary interface (Intel MPI, MVAPICH, MS-MPI); either fits into a native integer.
/// </summary>
internal sealed unsafe class MpiLibrary
{
    private const int Serialized = 2; // MPI_THREAD_SERIALIZED
    private const int LongestVersion = 8192;
    private const int LongestError = 512;

    private readonly nint _library;
    private readonly bool _isOpenMpi;
    private readonly nint _world;
    private readonly nint _sum;
    private readonly nint _inPlace;
    private readonly delegate* unmanaged<nint, void*, int, nint, nint, nint, int> _allReduce;
    private readonly delegate* unmanaged<void*, int, nint, void*, int, nint, nint, int> _allGather;
    private readonly delegate* unmanaged<void*, int, nint, void*, int, nint, nint, int> _allToAll;
    private readonly delegate* unmanaged<void*, int, nint, int, nint, int> _broadcast;

    public MpiLibrary(string? name)
    {
        (Name, _library) = Found(name);
        _isOpenMpi = NativeLibrary.TryGetExport(_library, "ompi_mpi_comm_world", out _);
        _world = Handle("ompi_mpi_comm_world", 0x44000000);
        _sum = Handle("ompi_mpi_op_sum", 0x58000003);
        _inPlace = _isOpenMpi ? 1 : -1;
        Float = Handle("ompi_mpi_float", 0x4c00040a);
        Double = Handle("ompi_mpi_double", 0x4c00080b);
        Long = Handle("ompi_mpi_long_long_int", 0x4c000809);
        Byte = Handle("ompi_mpi_byte", 0x4c00010d);
        _allReduce = (delegate* unmanaged<nint, void*, int, nint, nint, nint, int>)Function("MPI_Allreduce");
        _allGather = (delegate* unmanaged<void*, int, nint, void*, int, nint, nint, int>)Function("MPI_Allgather");
        _allToAll = (delegate* unmanaged<void*, int, nint, void*, int, nint, nint, int>)Function("MPI_Alltoall");
        _broadcast = (delegate* unmanaged<void*, int, nint, int, nint, int>)Function("MPI_Bcast");
        byte* text = stackalloc byte[LongestVersion + 1];
        int length;
        Check(((delegate* unmanaged<byte*, int*, int>)Function("MPI_Get_library_version"))(text, &length), "MPI_Get_library_version");
        Version = Encoding.ASCII.GetString(text, length).Split('\n', '\0')[0].Trim();
    }

    /// <summary>The name by which the library was found.</summary>
    public string Name { get; }

    /// <summary>What the library says it is.</summary>
    public string Version { get; }

    public nint Float { get; }

    public nint Double { get; }

    public nint Long { get; }

    public nint Byte { get; }

    /// <summary>Starts MPI for calls of one thread at a time, and has errors returned.</summary>
    public (int Rank, int Size) Start()
    {
        int provided, rank, size;
        nint start = Function("MPI_Init_thread");
        Check(((delegate* unmanaged<void*, void*, int, int*, int>)start)(null, null, Serialized, &provided), "MPI_Init_thread");
        nint handler = Handle("ompi_mpi_errors_return", 0x54000001);
        Check(((delegate* unmanaged<nint, nint, int>)Function("MPI_Comm_set_errhandler"))(_world, handler), "MPI_Comm_set_errhandler");
        Check(((delegate* unmanaged<nint, int*, int>)Function("MPI_Comm_rank"))(_world, &rank), "MPI_Comm_rank");
        Check(((delegate* unmanaged<nint, int*, int>)Function("MPI_Comm_size"))(_world, &size), "MPI_Comm_size");
        return provided >= Serialized
            ? (rank, size)
            : throw new MpiException(
                $"{Version} gives the threading level {provided}; {Serialized} (serialized) is needed. Install a build with threads.");
    }

    public void AllReduce(void* values, int count, nint type)
        => Check(_allReduce(_inPlace, values, count, type, _sum, _world), "MPI_Allreduce");

    public void AllGather(byte* own, int count, byte* all)
        => Check(_allGather(own, count, Byte, all, count, Byte, _world), "MPI_Allgather");

    public void AllToAll(byte* parts, int count, byte* received)
        => Check(_allToAll(parts, count, Byte, received, count, Byte, _world), "MPI_Alltoall");

    public void Broadcast(byte* bytes, int count, int root) => Check(_broadcast(bytes, count, Byte, root, _world), "MPI_Bcast");

    public void Barrier() => Check(((delegate* unmanaged<nint, int>)Function("MPI_Barrier"))(_world), "MPI_Barrier");

    public void Abort(int code) => ((delegate* unmanaged<nint, int, int>)Function("MPI_Abort"))(_world, code);

    public void End() => ((delegate* unmanaged<int>)Function("MPI_Finalize"))();

    private static (string Name, nint Library) Found(string? name)
    {
        string[] openMpi = ["libmpi.so.40", "libmpi.40.dylib"], mpich = ["libmpich.so.12", "libmpi.so.12", "libmpi.12.dylib", "msmpi.dll"];
        string[] names = name is not null ? [name]
            : [.. MpiLauncher.IsOpenMpi ? [.. openMpi, .. mpich] : (string[])[.. mpich, .. openMpi], "libmpi.so", "libmpi.dylib"];
        foreach (string candidate in names)
        {
            if (NativeLibrary.TryLoad(candidate, out nint library) && NativeLibrary.TryGetExport(library, "MPI_Init_thread", out _))
            {
                return (candidate, library);
            }
        }

        throw new MpiException(
            $"There is no MPI here: tried {string.Join(", ", names)}. Install it (Debian, Ubuntu: apt-get install openmpi-bin, or mpich), "
                + $"or name its library with {nameof(MpiOptions)}.{nameof(MpiOptions.Library)}.");
    }

    private nint Function(string name) => NativeLibrary.GetExport(_library, name);

    private nint Handle(string openMpi, nint mpich) => _isOpenMpi ? Function(openMpi) : mpich;

    private void Check(int code, string function)
    {
        if (code == 0)
        {
            return;
        }

        byte* text = stackalloc byte[LongestError + 1];
        int length = 0;
        _ = ((delegate* unmanaged<int, byte*, int*, int>)Function("MPI_Error_string"))(code, text, &length);
        throw new MpiException($"{function} of {Version} failed: {Encoding.ASCII.GetString(text, length)} (code {code}).");
    }
}
