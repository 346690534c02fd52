using System.Diagnostics;

namespace TransferLearning;

/// <summary>The resident memory of this process, in bytes: that of LibTorch's tensors on the CPU is part of it.</summary>
internal static class ProcessMemory
{
    private const string Status = "/proc/self/status";
    private const string ClearReferences = "/proc/self/clear_refs";
    private const string ResetPeakCommand = "5";

    /// <summary>
    /// Hands back what is free and forgets the peak so far, where the system can: on Linux. Elsewhere peaks are those of the whole process.
    /// </summary>
    public static void ResetPeak()
    {
        LibTorch.TrimMemory();
        if (OperatingSystem.IsLinux())
        {
            try
            {
                File.WriteAllText(ClearReferences, ResetPeakCommand);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // A container may refuse it; the peak is then that of the whole process, which is never too small.
            }
        }
    }

    /// <summary>The most that was resident since <see cref="ResetPeak"/>.</summary>
    public static long Peak()
    {
        string? line = OperatingSystem.IsLinux()
            ? File.ReadLines(Status).FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
            : null;
        if (line is not null)
        {
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
        }

        using Process process = Process.GetCurrentProcess();
        return Math.Max(process.PeakWorkingSet64, process.WorkingSet64);
    }
}
