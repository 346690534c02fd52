using TorchSharp;

namespace Mpi.Tests;

/// <summary>One launch of each implementation and size trains everything; these tests look at what its processes have learned.</summary>
public sealed class DistributedTrainingTests : IClassFixture<DistributedTrainingTests.Launches>
{
    private readonly Launches _launches;

    public DistributedTrainingTests(Launches launches) => _launches = launches;

    public static TheoryData<string, int> All => new() { { MpiLaunch.OpenMpi, 2 }, { MpiLaunch.Mpich, 2 }, { MpiLaunch.OpenMpi, 3 } };

    public static TheoryData<string, int, string> Equal
    {
        get
        {
            TheoryData<string, int, string> rows = [];
            foreach ((string implementation, int size) in new[] { (MpiLaunch.OpenMpi, 2), (MpiLaunch.Mpich, 2), (MpiLaunch.OpenMpi, 3) })
            {
                foreach (string name in Scenarios.Equal.Keys)
                {
                    rows.Add(implementation, size, name);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Equal))]
    public void Processes_learn_what_one_learns_with_as_many_batches(string implementation, int size, string name)
    {
        Outcome together = _launches.Of(implementation, size)[0][name], alone = _launches.Alone(size, name);
        Assert.Equal(alone.Text, together.Text);
        Near(alone.Weights, together.Weights, 1e-6);
        Near(alone.Numbers, together.Numbers, 1e-5);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void All_processes_end_with_the_same_to_the_bit(string implementation, int size)
    {
        Dictionary<string, Outcome>[] ranks = _launches.Of(implementation, size);
        Assert.Equal(size, ranks.Length);
        foreach ((string name, Outcome first) in ranks[0].Where(entry => entry.Value.Weights.Length > 0))
        {
            foreach (Dictionary<string, Outcome> other in ranks)
            {
                Assert.Equal(first.Weights, other[name].Weights);
                Assert.Equal(first.Statistics, other[name].Statistics);
                Assert.Equal(first.Numbers, other[name].Numbers);
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_call_carries_more_than_one_call_of_MPI_may(string implementation, int size)
        => Assert.All(
            _launches.Of(implementation, size), rank => Assert.Equal("True True True True True True True", rank["collectives"].Text));

    [Theory]
    [MemberData(nameof(All))]
    public void Synchronised_batch_norms_see_the_batches_of_all_as_one(string implementation, int size)
    {
        Outcome together = _launches.Of(implementation, size)[0]["synchronised"], alone = _launches.Alone(size, "synchronised");
        Near(alone.Weights, together.Weights, 1e-5);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Gradients_in_bfloat16_are_near_those_in_float32(string implementation, int size)
    {
        Dictionary<string, Outcome> first = _launches.Of(implementation, size)[0];
        Assert.NotEqual(first["sgd"].Weights, first["bfloat16"].Weights);
        Near(first["sgd"].Weights, first["bfloat16"].Weights, 0.01);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Local_steps_learn_too(string implementation, int size)
    {
        Outcome local = _launches.Of(implementation, size)[0]["local"];
        Assert.Equal(2, local.Numbers[1]);
        Assert.True(local.Numbers[7] < local.Numbers[4], "the loss of the second epoch is smaller");
    }

    [Theory]
    [MemberData(nameof(All))]
    public void An_exception_of_one_process_ends_all_with_its_message(string implementation, int size)
    {
        Dictionary<string, Outcome>[] ranks = _launches.Of(implementation, size);
        Assert.StartsWith("SampleLoadException: Sample 40", ranks[1]["exception"].Text, StringComparison.Ordinal);
        Assert.StartsWith(
            $"CollectiveException: Process 1 of {size} failed, which ends all. SampleLoadException: Sample 40", ranks[0]["exception"].Text,
            StringComparison.Ordinal);
        Assert.StartsWith("InvalidOperationException: The observer fails.", ranks[0]["failing observer"].Text, StringComparison.Ordinal);
        Assert.StartsWith($"CollectiveException: Process 0 of {size} failed", ranks[1]["failing observer"].Text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Other_options_in_one_process_are_refused_in_all(string implementation, int size)
        => Assert.All(
            _launches.Of(implementation, size),
            rank => Assert.Contains(
                "Process 1 begins another run than process 0: Seed is 1 and 0", rank["other options"].Text, StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(All))]
    public void Cancelling_in_one_process_ends_all_at_the_same_step(string implementation, int size)
    {
        Dictionary<string, Outcome>[] ranks = _launches.Of(implementation, size);
        Assert.All(ranks, rank => Assert.Equal("Cancelled", rank["cancelled"].Text));
        Assert.Single(ranks.Select(rank => rank["cancelled"].Numbers[0]).Distinct());
    }

    private static void Near<T>(T[] expected, T[] found, double tolerance)
        where T : struct, IConvertible
    {
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            double left = Convert.ToDouble(expected[i], null), right = Convert.ToDouble(found[i], null);
            bool isNear = Math.Abs(left - right) <= tolerance * Math.Max(1, Math.Abs(left));
            Assert.True(isNear, $"number {i}: expected {left:R}, found {right:R}");
        }
    }

    /// <summary>The launches, made when they are first asked for.</summary>
    public sealed class Launches
    {
        private readonly Dictionary<(string, int), (Dictionary<string, Outcome>[] Ranks, string Failure)> _launched = [];
        private readonly Dictionary<(int, string), Outcome> _alone = [];

        internal Dictionary<string, Outcome>[] Of(string implementation, int size)
        {
            if (!_launched.TryGetValue((implementation, size), out (Dictionary<string, Outcome>[] Ranks, string Failure) launched))
            {
                using PublicParts.Tests.TemporaryFolder folder = new();
                string path = Path.GetDirectoryName(folder.File("x"))!;
                (int code, string output) = MpiLaunch.Run(implementation, size, "scenarios", path);
                launched = code == 0 ? ([.. Enumerable.Range(0, size).Select(rank => MpiChild.Read(path, rank))], "") : ([], output);
                _launched.Add((implementation, size), launched);
            }

            Assert.True(launched.Ranks.Length == size, launched.Failure);
            return launched.Ranks;
        }

        internal Outcome Alone(int batches, string name)
        {
            if (!_alone.TryGetValue((batches, name), out Outcome? outcome))
            {
                LibTorch.Load();
                torch.set_num_threads(1);
                PocketFamily.Register();
                outcome = name == "synchronised"
                    ? Scenarios.Train(
                        null, 1, PocketFamily.Steady, new Sgd(0.1, momentum: 0.9),
                        options => MpiChild.Unaugmented(options) with { BatchSize = options.BatchSize * batches },
                        images: new PocketImages(40))
                    : Scenarios.Equal[name](null, batches);
                _alone.Add((batches, name), outcome);
            }

            return outcome;
        }
    }
}
