using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using PublicParts.Tests;

namespace Mpi.Tests;

public sealed class FailureTests
{
    [Theory]
    [MemberData(nameof(MpiLaunch.Implementations), MemberType = typeof(MpiLaunch))]
    public void A_killed_process_ends_all_and_the_run_resumes_to_the_bit(string implementation)
    {
        using TemporaryFolder temporary = new();
        string folder = Path.GetDirectoryName(temporary.File("x"))!, run = Path.Combine(folder, "run");
        using (Process launcher = MpiLaunch.Start(implementation, 2, "checkpointed", folder, "killed"))
        {
            Task<string> output = launcher.StandardOutput.ReadToEndAsync(), errors = launcher.StandardError.ReadToEndAsync();
            string waiting = Path.Combine(folder, "waiting");
            for (int i = 0; i < 600 && !launcher.HasExited && !(File.Exists(waiting) && new FileInfo(waiting).Length > 0); i++)
            {
                Thread.Sleep(100);
            }

            Assert.True(File.Exists(waiting), output.Status + errors.Status.ToString());
            using Process victim = Process.GetProcessById(int.Parse(File.ReadAllText(waiting), CultureInfo.InvariantCulture));
            victim.Kill();
            Assert.True(launcher.WaitForExit(TimeSpan.FromSeconds(30)), "the others wait on");
            Assert.NotEqual(0, launcher.ExitCode);
        }

        Assert.NotEmpty(Directory.GetFiles(run, "*.safetensors"));
        Assert.All(Directory.GetFiles(run, "*.safetensors"), file => StateDict.Open(file).Dispose());
        CopyFolder(run, Path.Combine(folder, "alone", "run"));
        (int code, string printed) = MpiLaunch.Run(implementation, 2, "checkpointed", folder, "resumed");
        Assert.True(code == 0, printed);
        Outcome resumed = MpiChild.Read(folder, 0)["run"];
        (code, printed) = MpiLaunch.Run(implementation, 2, "checkpointed", folder, "whole");
        Assert.True(code == 0, printed);
        Outcome whole = MpiChild.Read(folder, 0)["run"];
        Assert.Equal(whole.Weights, resumed.Weights);
        Assert.Equal(whole.Statistics, resumed.Statistics);
        Assert.Equal(whole.Numbers, resumed.Numbers);

        // Another number of processes resumes as well, and says so.
        PocketFamily.Register();
        Lines lines = new();
        Outcome alone = MpiChild.Train(null, Path.Combine(folder, "alone", "run"), 1, logger: lines);
        Assert.Contains(lines.All, line => line.Contains("begun by 2 processes and resumes with 1", StringComparison.Ordinal));
        Assert.Equal(3, alone.Numbers[1]);
    }

    [Theory]
    [MemberData(nameof(MpiLaunch.Implementations), MemberType = typeof(MpiLaunch))]
    public void A_process_that_hangs_ends_all_when_time_is_up(string implementation)
    {
        using TemporaryFolder folder = new();
        (int code, string output) = MpiLaunch.Run(implementation, 2, "hang", folder.File("x"));
        Assert.NotEqual(0, code);
        Assert.Contains("Process 0 of 2 has waited 00:00:02 for the others", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MpiLaunch.OpenMpi, "libmpich.so.12")]
    [InlineData(MpiLaunch.Mpich, "libmpi.so.40")]
    public void The_library_of_another_implementation_than_the_launchers_is_refused(string implementation, string library)
    {
        Assert.SkipUnless(System.Runtime.InteropServices.NativeLibrary.TryLoad(library, out _), $"There is no {library}.");
        using TemporaryFolder folder = new();
        (int code, string output) = MpiLaunch.Run(implementation, 2, "library", folder.File("x"), library);
        Assert.NotEqual(0, code);
        Assert.Contains("launcher and library are of two implementations", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_library_the_error_says_what_to_install()
    {
        MpiException error = Assert.Throws<MpiException>(() => MpiCommunicator.Start(new MpiOptions { Library = "libnone.so.1" }));
        Assert.Contains("apt-get install openmpi-bin", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_without_processes_are_refused()
    {
        PocketFamily.Register();
        using PocketImages images = new(8);
        using ImageModel model = Scenarios.Model(PocketFamily.Plain);
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => model.FineTune(images, new Sgd(0.1), Scenarios.Options with { Distributed = new DistributedOptions() }));
        Assert.Contains(nameof(FineTuneOptions.Communicator), error.Message, StringComparison.Ordinal);
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    private sealed class Lines : ILogger
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => All.Add(formatter(state, exception));
    }
}
