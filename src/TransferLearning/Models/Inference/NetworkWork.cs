namespace TransferLearning;

/// <summary>The key under which <see cref="MeasuredForms"/> remembers a network's work.</summary>
internal static class NetworkWork
{
    // Eight texts through 4 million numbers. Of less the clock says nothing, and there is little to gain.
    private const long FewestParametersAndExamples = 1 << 25;

    /// <summary>How many examples make a pass long enough for two forms of it to be told apart by the clock.</summary>
    public static long FewestMeasured(Network network)
    {
        long parameters = Math.Max(Parameters(network), 1);
        return (FewestParametersAndExamples + parameters - 1) / parameters;
    }

    /// <summary>The key of some work.</summary>
    /// <param name="network">The network.</param>
    /// <param name="work">What is done with it.</param>
    /// <param name="shape">The shape of its input.</param>
    public static string Key(Network network, string work, IEnumerable<long> shape)
    {
        return MeasuredForms.Key(string.Create(
            CultureInfo.InvariantCulture,
            $"{network.GetName()} of {Parameters(network)} parameters; {work} of [{string.Join(", ", shape)}]"));
    }

    private static long Parameters(Network network) => network.parameters().Sum(parameter => parameter.numel());
}
