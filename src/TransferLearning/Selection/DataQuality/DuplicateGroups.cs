namespace TransferLearning;

/// <summary>Joins samples that are alike to groups.</summary>
/// <param name="count">How many samples there are.</param>
internal sealed class DuplicateGroups(int count)
{
    private readonly int[] _parent = [.. Enumerable.Range(0, count)];

    /// <summary>Puts two samples into one group.</summary>
    public void Join(int first, int second)
    {
        (int a, int b) = (Root(first), Root(second));
        _parent[Math.Max(a, b)] = Math.Min(a, b); // the smallest member leads
    }

    /// <summary>The groups of two or more, members ascending, in the order of their first members.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Groups() =>
    [
        .. Enumerable.Range(0, _parent.Length)
            .GroupBy(Root)
            .Where(group => group.Skip(1).Any())
            .OrderBy(group => group.Key)
            .Select(group => (IReadOnlyList<int>)[.. group]),
    ];

    private int Root(int sample)
    {
        while (_parent[sample] != sample)
        {
            sample = _parent[sample] = _parent[_parent[sample]];
        }

        return sample;
    }
}
