namespace TransferLearning.Tests;

/// <summary>Runs the tests, or the job of a child process that a test started.</summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        if (args is [FaultChild.Switch, .. string[] job])
        {
            return FaultChild.Run(job);
        }

        if (args is [RuntimeChild.Switch, .. string[] question])
        {
            return RuntimeChild.Answer(question);
        }

        return args.Any(argument => argument is "--server" or "--internal-msbuild-node")
            ? Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework
                .RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
                .GetAwaiter()
                .GetResult()
            : Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args).GetAwaiter().GetResult();
    }
}
