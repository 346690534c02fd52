using System.Globalization;

namespace TransferLearning.Mpi;

/// <summary>What the program that started this process says in its environment.</summary>
internal static class MpiLauncher
{
    /// <summary>Whether it was Open MPI's.</summary>
    public static bool IsOpenMpi => OpenMpiSize is not null;

    /// <summary>How many processes it started; null where it does not say.</summary>
    public static int? Size => OpenMpiSize ?? Number("PMI_SIZE");

    private static int? OpenMpiSize => Number("OMPI_COMM_WORLD_SIZE");

    private static int? Number(string variable)
        => int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : null;
}
