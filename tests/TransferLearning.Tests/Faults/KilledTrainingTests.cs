using System.Diagnostics;
using TorchSharp;

namespace TransferLearning.Tests;

[Trait("Category", "Faults")]
public sealed class KilledTrainingTests
{
    private const int Kills = 50;

    [Fact]
    [Trait("Category", "Slow")]
    public void Killed_fifty_times_the_run_ends_with_the_weights_of_an_unbroken_one()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Processes are killed as Linux does it.");
        using TemporaryFolder unbroken = new();
        Assert.Equal((0, $"{FaultChild.Ready}\n"), FaultChild.RunToEnd("train", unbroken.Path));
        byte[] expected = File.ReadAllBytes(FaultChild.Result(unbroken.Path));

        SeededRandom random = new(11);
        int kills = 0, halfWritten = 0;
        while (kills < Kills)
        {
            using TemporaryFolder folder = new();
            while (kills < Kills && KillAfter(20 + random.NextInt32(140), folder.Path))
            {
                kills++;
                halfWritten += Directory.GetFiles(folder.Path, "*.tmp").Length > 0 ? 1 : 0;
                string result = FaultChild.Result(folder.Path);
                foreach (string file in Directory.GetFiles(folder.Path, "*.safetensors").Where(file => file != result))
                {
                    using SavedRun saved = RunFolder.Read(file); // throws if it is not whole
                }

                // The run may have been killed between its last line and its end.
                Assert.True(!File.Exists(result) || File.ReadAllBytes(result).AsSpan().SequenceEqual(expected));
            }

            (int code, string output) = FaultChild.RunToEnd("train", folder.Path);
            Assert.True(code == 0, output);
            Assert.Equal(expected, File.ReadAllBytes(FaultChild.Result(folder.Path)));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{kills} kills, {halfWritten} of them while a checkpoint was being written");
    }

    [Fact]
    public void On_a_full_disk_the_old_checkpoint_stands_and_the_error_is_clear()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit on file sizes is Linux's.");
        using TemporaryFolder unbroken = new();
        Assert.Equal(0, FaultChild.RunToEnd("train", unbroken.Path).Code);

        using TemporaryFolder folder = new();
        (int code, string output) = FaultChild.RunToEnd("full-disk", folder.Path);
        Assert.True(code == 3, output);
        Assert.Contains("could not be written", output, StringComparison.Ordinal);
        Assert.Contains("stands", output, StringComparison.Ordinal);
        Assert.Contains($"resume: \"{folder.Path}\"", output, StringComparison.Ordinal);
        string[] files = Directory.GetFiles(folder.Path);
        Assert.NotEmpty(files);
        Assert.All(files, file =>
        {
            using SavedRun saved = RunFolder.Read(file);
            Assert.InRange(saved.Record.Step, 1, ToyPerceptron.Steps - 1); // when a checkpoint is there is the machine's affair
        });

        Assert.Equal(0, FaultChild.RunToEnd("train", folder.Path).Code);
        Assert.Equal(File.ReadAllBytes(FaultChild.Result(unbroken.Path)), File.ReadAllBytes(FaultChild.Result(folder.Path)));
    }

    [Fact]
    public void When_memory_runs_out_the_error_names_a_batch_size_that_fits()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit on memory is Linux's.");
        (int code, string output) = FaultChild.RunToEnd("memory");
        Assert.True(code == 3, output);
        Assert.Matches("batch of 65536 samples. A batch of [1-9][0-9]* fits: set BatchSize = ", output);
    }

    [Fact]
    public void A_feature_cache_of_two_processes_of_which_one_is_killed_again_and_again_stays_whole()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Processes are killed as Linux does it.");
        using TemporaryFolder unbroken = new();
        Assert.Equal(0, FaultChild.RunToEnd("features", unbroken.Path).Code);
        using FeatureSet expected = FeatureSet.Load(FaultChild.Result(unbroken.Path));

        using TemporaryFolder folder = new();
        SeededRandom random = new(5);
        int kills = 0;
        for (int round = 0; round < 8; round++)
        {
            using Process other = FaultChild.Start("features", folder.Path);
            kills += KillAfter(random.NextInt32(60), folder.Path, "features") ? 1 : 0;
            kills += KillAfter(random.NextInt32(60), folder.Path, "features") ? 1 : 0;
            other.Kill();
            other.WaitForExit();
            foreach (string file in Directory.GetFiles(folder.Path, "*.features"))
            {
                UInt128 store = UInt128.Parse(
                    Path.GetFileName(file)[..32],
                    System.Globalization.NumberStyles.HexNumber,
                    System.Globalization.CultureInfo.InvariantCulture);
                using FeatureChunk chunk = FeatureFile.Open(file, store, _ => true); // throws if it is not whole
            }
        }

        Assert.True(kills > 0);
        Assert.Equal(0, FaultChild.RunToEnd("features", folder.Path).Code);
        using FeatureSet found = FeatureSet.Load(FaultChild.Result(folder.Path));
        Assert.True(torch.allclose(expected.Features, found.Features, rtol: 1e-4, atol: 1e-5));
    }

    /// <summary>Kills a child some time after it began to train; false if it was done before that.</summary>
    private static bool KillAfter(int milliseconds, string folder, string job = "train")
    {
        using Process child = FaultChild.Start(job, folder);
        child.StandardOutput.ReadLine();
        if (child.WaitForExit(milliseconds))
        {
            return false;
        }

        child.Kill(); // SIGKILL
        child.WaitForExit();
        return true;
    }
}
