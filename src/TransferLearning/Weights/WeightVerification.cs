using System.Security.Cryptography;

namespace TransferLearning;

/// <summary>The SHA-256 of a file. That of a large file takes a second per few hundred megabytes, so it is remembered in a small file
/// beside it, <c>.verified</c>, for as long as length and time of the last change stay the same.</summary>
internal static class WeightVerification
{
    /// <summary>Files below this many bytes are read again each time.</summary>
    internal const long RememberedFrom = 16 << 20;

    private const string Suffix = ".verified";

    /// <summary>The digest in lower-case hexadecimal digits.</summary>
    public static async Task<string> DigestAsync(string path, CancellationToken cancellationToken)
    {
        FileInfo file = new(path);
        string stamp = string.Create(CultureInfo.InvariantCulture, $"{file.Length} {file.LastWriteTimeUtc.Ticks} ");
        if (file.Length >= RememberedFrom && Remembered(path, stamp) is { } known)
        {
            return known;
        }

        FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        await using (stream.ConfigureAwait(false))
        {
            string digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
            if (file.Length >= RememberedFrom)
            {
                Remember(path, stamp + digest);
            }

            return digest;
        }
    }

    private static string? Remembered(string path, string stamp)
    {
        try
        {
            string text = File.ReadAllText(path + Suffix);
            return text.Length == stamp.Length + 64 && text.StartsWith(stamp, StringComparison.Ordinal) ? text[stamp.Length..] : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Remember(string path, string text)
    {
        try
        {
            File.WriteAllText(path + Suffix, text);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A folder that may only be read: the file is read again next time.
        }
    }
}
