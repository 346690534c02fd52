namespace TransferLearning;

/// <summary>A part of a network that is frozen or trained as one.</summary>
/// <param name="Name">What users call it: <c>layer3</c>.</param>
/// <param name="Prefixes">The beginnings of its parameters' names, whole name parts: <c>layer3</c>, or <c>conv1</c> and <c>bn1</c>.</param>
public sealed record NetworkStage(string Name, IReadOnlyList<string> Prefixes)
{
    /// <summary>Makes a stage of modules; its name is the first one's unless given.</summary>
    public NetworkStage(params string[] prefixes) : this(prefixes[0], prefixes) { }

    /// <summary>Makes a stage of numbered modules.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="chain">The name of what they are in.</param>
    /// <param name="first">The number of the first.</param>
    /// <param name="end">The number after the last.</param>
    internal static NetworkStage OfRange(string name, string chain, int first, int end)
    {
        string[] prefixes = new string[end - first];
        for (int i = first; i < end; i++)
        {
            prefixes[i - first] = $"{chain}.{i}";
        }

        return new NetworkStage(name, prefixes);
    }

    /// <summary>Whether a parameter or module belongs to the stage.</summary>
    public bool Holds(string name)
        => Prefixes.Any(
            prefix => name.StartsWith(prefix, StringComparison.Ordinal) && (name.Length == prefix.Length || name[prefix.Length] == '.'));
}
