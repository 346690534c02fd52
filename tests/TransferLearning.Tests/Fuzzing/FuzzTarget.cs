namespace TransferLearning.Tests;

/// <summary>
/// A parser of files from outside, and what it may do with a damaged one: read it, or throw one of its own kinds of error.
/// </summary>
/// <param name="Name">What to call it.</param>
/// <param name="FileName">The name under which it expects its file.</param>
/// <param name="Prepare">Writes what must lie beside the file into the folder and gives small valid files.</param>
/// <param name="Read">Reads the file to its end.</param>
/// <param name="Allowed">The errors that it promises; derived ones are as good.</param>
internal sealed record FuzzTarget(
    string Name, string FileName, Func<TemporaryFolder, IReadOnlyList<byte[]>> Prepare, Action<string> Read, params Type[] Allowed)
{
    /// <summary>How many bytes of managed memory one input may take.</summary>
    public long AllocationLimit { get; init; } = 64L << 20;

    /// <summary>Makes checksums right again that would hide all else; for some of the inputs.</summary>
    public Action<byte[]>? Repair { get; init; }

    public override string ToString() => Name;
}
