namespace TransferLearning;

/// <summary>The bytes by which what a sample holds in memory is compared.</summary>
internal static class ContentBytes
{
    /// <summary>Puts parts in a row, each led by its length, so that no two lists of parts give the same bytes.</summary>
    public static ReadOnlyMemory<byte> Join(IEnumerable<string?> parts)
    {
        StringBuilder all = new();
        foreach (string? part in parts)
        {
            all.Append(CultureInfo.InvariantCulture, $"{part?.Length ?? -1}:").Append(part);
        }

        return Encoding.UTF8.GetBytes(all.ToString());
    }
}
