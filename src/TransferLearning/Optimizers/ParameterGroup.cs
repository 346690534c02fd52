namespace TransferLearning;

/// <summary>Parameters that are trained at one rate, in the order in which they are updated and saved.</summary>
/// <param name="Name">What the group is called in errors and logs: a stage of the network, for example.</param>
/// <param name="Parameters">The names and tensors; the group does not own the tensors.</param>
/// <param name="RateFactor">What the learning rate of the run is multiplied by.</param>
/// <param name="WeightDecay">The weight decay of this group, or null for that of the optimiser.</param>
internal sealed record ParameterGroup(
    string Name, IReadOnlyList<(string Name, torch.Tensor Parameter)> Parameters, double RateFactor = 1, double? WeightDecay = null)
{
    /// <summary>
    /// The same groups, but parameters of fewer than two axes (biases, and the weights of norms) apart and without weight decay.
    /// </summary>
    public static IReadOnlyList<ParameterGroup> WithoutDecayOnVectors(IEnumerable<ParameterGroup> groups)
        => [.. groups.SelectMany(group => new[]
        {
            group with { Parameters = [.. group.Parameters.Where(entry => entry.Parameter.dim() >= 2)] },
            group with { Parameters = [.. group.Parameters.Where(entry => entry.Parameter.dim() < 2)], WeightDecay = 0 },
        }.Where(group => group.Parameters.Count > 0))];
}
