namespace TransferLearning;

/// <summary>The names of the parameters that <see cref="TrainedWeights"/> means.</summary>
internal static class TrainedNames
{
    // BERT and its kin; DistilBERT; BART, Whisper; wav2vec 2.0.
    private static readonly string[] QueriesAndIntermediates =
        ["query", "intermediate.dense", "q_lin", "lin1", "q_proj", "fc1", "intermediate_dense"];

    /// <summary>The names in a network, in its order.</summary>
    /// <exception cref="ArgumentException">The network has no such weights.</exception>
    public static IReadOnlyList<string> Of(Network network, TrainedWeights weights)
    {
        HashSet<string> norms = // this library's layers, TorchSharp's, and those of a program
        [
            .. network.named_modules()
                .Where(entry => entry.module.GetType().Name.Contains("Norm", StringComparison.Ordinal))
                .SelectMany(entry => entry.module.named_parameters(recurse: false).Select(part => $"{entry.name}.{part.name}")),
        ];
        string[] all = [.. network.named_parameters().Select(entry => entry.name)];
        Dictionary<TrainedWeights, string[]> found = new()
        {
            [TrainedWeights.Biases] = [.. all.Where(IsBias)],
            [TrainedWeights.Norms] = [.. all.Where(norms.Contains)],
            [TrainedWeights.QueryAndIntermediateBiases] =
                [.. all.Where(name => QueriesAndIntermediates.Any(layer => name.EndsWith($".{layer}.bias", StringComparison.Ordinal)))],
        };
        HashSet<string> chosen = [];
        foreach ((TrainedWeights kind, string[] names) in found.Where(entry => weights.HasFlag(entry.Key)))
        {
            if (names.All(network.IsInHead))
            {
                throw new ArgumentException($"The backbone of {network.GetName()} has no weights of the kind {kind}.", nameof(weights));
            }

            chosen.UnionWith(names);
        }

        return [.. all.Where(chosen.Contains)];
    }

    // One that is called so, or that attention keeps for all three projections: in_proj_bias.
    private static bool IsBias(string name)
        => name.Split('.')[^1] is string last && (last == "bias" || last.EndsWith("_bias", StringComparison.Ordinal));
}
