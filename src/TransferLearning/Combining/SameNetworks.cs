namespace TransferLearning;

/// <summary>Whether the weights of models can be averaged.</summary>
internal static class SameNetworks
{
    /// <summary>Refuses models of different networks or classes.</summary>
    /// <param name="first">One model.</param>
    /// <param name="second">The other.</param>
    /// <param name="what">What the other is called in the message.</param>
    /// <exception cref="ArgumentException">They differ; the message says where.</exception>
    public static void Require(TransferModel first, TransferModel second, string what)
    {
        Dictionary<string, string> own = Shapes(first), other = Shapes(second);
        string? differing = own.Keys.Union(other.Keys)
            .FirstOrDefault(name => own.GetValueOrDefault(name) != other.GetValueOrDefault(name));
        if (differing is not null)
        {
            throw new ArgumentException(
                $"{what} is another network: '{differing}' is {other.GetValueOrDefault(differing, "not there")}, and "
                    + $"{own.GetValueOrDefault(differing, "not there")} was expected. Weights are averaged between models that began with "
                    + "the same weights and head; for another head call Probe before the earlier one is saved.");
        }

        if (first.LearningTask.Name != second.LearningTask.Name || !first.ClassNames.SequenceEqual(second.ClassNames))
        {
            throw new ArgumentException(
                $"{what} is for {second.LearningTask.Name} with the classes {Dataset.Shown(second.ClassNames)}, and "
                    + $"{first.LearningTask.Name} with {Dataset.Shown(first.ClassNames)} was expected, in this order.");
        }
    }

    private static Dictionary<string, string> Shapes(TransferModel model) => model.Module.State().ToDictionary(
        entry => entry.Key, entry => $"{entry.Value.dtype}[{string.Join(", ", entry.Value.shape)}]");
}
