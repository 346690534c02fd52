namespace TransferLearning;

/// <summary>What of a network is trained, by stage, each with its factor on the learning rate.</summary>
internal static class StageGroups
{
    /// <summary>The stages before one that is named.</summary>
    /// <exception cref="ArgumentException">There is no such stage; the message lists them.</exception>
    public static IReadOnlyList<NetworkStage> Before(string stage, IReadOnlyList<NetworkStage> stages, string architecture)
    {
        IReadOnlyList<NetworkStage> before = [.. stages.TakeWhile(candidate => candidate.Name != stage)];
        return before.Count < stages.Count
            ? before
            : throw new ArgumentException(
                $"{architecture} has no stage '{stage}'; its stages are {string.Join(", ", stages.Select(known => known.Name))}.",
                nameof(stage));
    }

    /// <param name="network">The network; only parameters that require a gradient are trained.</param>
    /// <param name="stages">Its stages from the first to the last before the head.</param>
    /// <param name="head">What to call what belongs to no stage.</param>
    /// <param name="rates">Their factors on the rate; null for equal rates.</param>
    public static List<ParameterGroup> Of(torch.nn.Module network, IReadOnlyList<NetworkStage> stages, string head, StageRates? rates)
    {
        List<NetworkStage> ordered = [.. stages];
        List<ParameterGroup> groups = [];
        IEnumerable<(string Name, torch.Tensor Parameter)> trained =
            network
                .named_parameters()
                .Where(entry => entry.parameter.requires_grad)
                .Select(entry => (entry.name, (torch.Tensor)entry.parameter));
        foreach (
            IGrouping<int,
            (string Name, torch.Tensor Parameter)> part in trained.GroupBy(entry => ordered.FindIndex(stage => stage.Holds(entry.Name))))
        {
            int depth = part.Key < 0 ? 0 : ordered.Count - part.Key;
            string name = part.Key < 0 ? head : ordered[part.Key].Name;
            groups.Add(new ParameterGroup(name, [.. part], rates?.Of(name, depth, ordered.Count) ?? 1));
        }

        return groups;
    }
}
