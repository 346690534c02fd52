using System.Diagnostics;

namespace Mpi.Tests;

/// <summary>Starts this program several times through the launcher of an MPI, if it is installed.</summary>
internal static class MpiLaunch
{
    public const string OpenMpi = "Open MPI";
    public const string Mpich = "MPICH";

    /// <summary>A test that takes longer than this hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static TheoryData<string> Implementations => [OpenMpi, Mpich];

    /// <summary>Runs a job in several processes; returns the exit code of the launcher and all that was written.</summary>
    public static (int Code, string Output) Run(string implementation, int processes, string job, string folder, params string[] rest)
    {
        using Process process = Start(implementation, processes, job, folder, rest);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"'{job}' hangs. {output.Result}{errors.Result}");
        }

        return (process.ExitCode, output.Result + errors.Result);
    }

    /// <summary>Starts a job; the caller disposes it.</summary>
    public static Process Start(string implementation, int processes, string job, string folder, params string[] rest)
    {
        string? launcher = Find(implementation);
        Assert.SkipUnless(launcher is not null, $"{implementation} is not installed.");
        ProcessStartInfo start = new(launcher!) { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] options = implementation == OpenMpi
            ? ["--allow-run-as-root", "--bind-to", "none", "--oversubscribe", "--mca", "mpi_yield_when_idle", "1"]
            : [];
        string program = Path.Combine(AppContext.BaseDirectory, "TransferLearning.Mpi.Tests");
        foreach (string argument in (string[])[.. options, "-np", $"{processes}", program, MpiChild.Switch, job, folder, .. rest])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    // Debian has both side by side under names of their own; elsewhere there is one.
    private static string? Find(string implementation)
    {
        string own = implementation == OpenMpi ? "mpirun.openmpi" : "mpirun.mpich";
        if (Path(own) is { } path)
        {
            return path;
        }

        if (Path("mpirun") is not { } plain)
        {
            return null;
        }

        using Process version = Process.Start(new ProcessStartInfo(plain, "--version") { RedirectStandardOutput = true })!;
        bool isOpenMpi = version.StandardOutput.ReadToEnd().Contains("Open MPI", StringComparison.Ordinal);
        return isOpenMpi == (implementation == OpenMpi) ? plain : null;

        static string? Path(string name)
            => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator)
                .Select(folder => System.IO.Path.Combine(folder, name))
                .FirstOrDefault(File.Exists);
    }
}
