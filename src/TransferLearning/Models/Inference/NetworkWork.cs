namespace TransferLearning;

/// <summary>The key under which <see cref="MeasuredForms"/> remembers a network's work.</summary>
internal static class NetworkWork
{
    // Eight texts through 4 million numbers. Of less the clock says nothing, and there is little to gain.
    private const long FewestParametersAndExamples = 1 << 25;

    /// <summary>Whether a pass is long enough for two forms of it to be told apart by the clock.</summary>
    /// <param name="network">The network.</param>
    /// <param name="examples">How many examples go through it at once.</param>
    public static bool IsWorthMeasuring(Network network, int examples)
        => examples * network.parameters().Sum(parameter => parameter.numel()) >= FewestParametersAndExamples;

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
