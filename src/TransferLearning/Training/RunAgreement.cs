namespace TransferLearning;

/// <summary>What processes that train together must have in common, and errors that name what differs.</summary>
internal static class RunAgreement
{
    /// <summary>Begins a run: compares what the processes are about to do, and gives all the weights of the first.</summary>
    /// <exception cref="CollectiveException">A process is about to do something else.</exception>
    public static void Begin(Ranks ranks, Dictionary<string, string> identity, Network network)
    {
        if (ranks.IsAlone)
        {
            return;
        }

        Dictionary<string, string>[] all = ranks.Gather(identity);
        for (int rank = 1; rank < all.Length; rank++)
        {
            string[] differences =
            [
                .. all[0].Keys.Union(all[rank].Keys)
                    .Where(key => all[0].GetValueOrDefault(key) != all[rank].GetValueOrDefault(key))
                    .Select(
                        key => $"{key} is {all[rank].GetValueOrDefault(key, "not there")} "
                            + $"and {all[0].GetValueOrDefault(key, "not there")}"),
            ];
            if (differences.Length > 0)
            {
                throw new CollectiveException(
                    rank,
                    $"Process {rank} begins another run than process 0: {string.Join("; ", differences)}. Start every process with the "
                        + "same program, arguments and files.");
            }
        }

        ranks.Broadcast(WeightSnapshot.Changing(network).Select(entry => entry.Value));
    }

    /// <summary>Compares the weights at the end of an epoch, to the bit; returns what all have skipped.</summary>
    /// <exception cref="CollectiveException">They differ.</exception>
    public static SkippedSamples EndEpoch(Ranks ranks, int epoch, Network network, SkippedSamples skipped)
    {
        State own = new("", skipped);
        ranks.Guard(() => own = own with { Weights = RunIdentity.Hash(WeightSnapshot.Changing(network)) });
        State[] all = ranks.Gather(own);
        return Array.FindIndex(all, state => state.Weights != all[0].Weights) is > 0 and int other
            ? throw new CollectiveException(
                other,
                $"After epoch {epoch + 1} the weights of process {other} differ from those of process 0. Start every process with the same "
                    + "program, model and libraries, and change nothing of the model while it is trained.")
            : all.Aggregate(SkippedSamples.None, (sum, state) => sum.And(state.Skipped));
    }

    private sealed record State(string Weights, SkippedSamples Skipped);
}
