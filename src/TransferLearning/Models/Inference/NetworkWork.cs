namespace TransferLearning;

/// <summary>The key under which <see cref="MeasuredForms"/> remembers a network's work.</summary>
internal static class NetworkWork
{
    /// <summary>The key of some work.</summary>
    /// <param name="network">The network.</param>
    /// <param name="work">What is done with it.</param>
    /// <param name="shape">The shape of its input.</param>
    public static string Key(Network network, string work, IEnumerable<long> shape)
    {
        long numbers = network.parameters().Sum(parameter => parameter.numel());
        return MeasuredForms.Key(string.Create(
            CultureInfo.InvariantCulture, $"{network.GetName()} of {numbers} parameters; {work} of [{string.Join(", ", shape)}]"));
    }
}
