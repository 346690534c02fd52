namespace Mpi.Tests;

/// <summary>Runs the tests, or the job of a process that a test started.</summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        if (args is [MpiChild.Switch, string job, string folder, .. string[] rest])
        {
            return MpiChild.Run(job, folder, rest);
        }

        return args.Any(argument => argument is "--server" or "--internal-msbuild-node")
            ? Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework
                .RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
                .GetAwaiter()
                .GetResult()
            : Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args).GetAwaiter().GetResult();
    }
}
