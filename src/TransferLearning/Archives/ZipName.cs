namespace TransferLearning;

/// <summary>The names of a zip archive's entries.</summary>
internal static class ZipName
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The name with '/' between its parts. Names are UTF-8 in practice, whether or not the flag for it is set; what is not is
    /// read byte by byte, never lost.</summary>
    public static string Read(ReadOnlySpan<byte> bytes)
    {
        string name = Decoded(bytes).Replace('\\', '/');
        return name.StartsWith("./", StringComparison.Ordinal)
            || name.Contains("//", StringComparison.Ordinal)
            || name.Contains("/./", StringComparison.Ordinal)
            ? string.Join(
                '/', name.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".")) + (name.EndsWith('/') ? "/" : "")
            : name;
    }

    /// <summary>Whether a name that was read so would lie elsewhere than below the archive's root.</summary>
    public static bool LeadsOut(ReadOnlySpan<byte> bytes)
    {
        string name = Decoded(bytes).Replace('\\', '/');
        return name.StartsWith('/') || (name.Length > 1 && name[1] == ':') || name.Contains('\0', StringComparison.Ordinal)
            || (name.Contains("..", StringComparison.Ordinal) && name.Split('/').Contains(".."));
    }

    /// <summary>How many bytes a name of so many characters may have had.</summary>
    public static int MaximumBytes(string name) => Math.Min(StrictUtf8.GetMaxByteCount(name.Length) + 64, ushort.MaxValue);

    private static string Decoded(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(bytes);
        }
    }
}
