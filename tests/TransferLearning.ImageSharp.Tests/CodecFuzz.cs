using System.Diagnostics;

namespace TransferLearning.Tests;

/// <summary>Damages images and decodes them: each ends in an image or a <see cref="MediaException"/>, within time and memory.</summary>
internal sealed class CodecFuzz
{
    private readonly byte[][] _seeds;
    private readonly ImageSharpCodec _codec = new();

    /// <param name="folder">The images that are damaged.</param>
    public CodecFuzz(string folder)
    {
        _seeds =
        [
            .. Directory.EnumerateFiles(folder).Where(path => Path.GetExtension(path) is ".tif" or ".tga").Order().Select(
                File.ReadAllBytes),
            [.. "P6 4 3 255\n"u8, .. new byte[36]], [.. "P5 4 3 65535\n"u8, .. new byte[24]], [.. "P1 4 3 0 1 0 1 1 1 1 1 0 0 0 0"u8],
        ];
        foreach (byte[] seed in _seeds)
        {
            Decode(seed); // what is compiled at first counts for no file
        }

        (Decoded, Refused, LongestMilliseconds, MostBytes) = (0, 0, 0, 0);
    }

    /// <summary>How many files gave an image.</summary>
    public int Decoded { get; private set; }

    /// <summary>How many were refused.</summary>
    public int Refused { get; private set; }

    /// <summary>The longest that one took, in milliseconds.</summary>
    public double LongestMilliseconds { get; private set; }

    /// <summary>The most managed memory that one took, in bytes.</summary>
    public long MostBytes { get; private set; }

    /// <summary>Decodes as many damaged files.</summary>
    /// <exception cref="InvalidOperationException">One ended otherwise; the message holds it.</exception>
    public void Run(int count, int seed)
    {
        for (int i = 0; i < count; i++)
        {
            byte[] file = FuzzMutation.Of(_seeds, new Random(seed + i));
            try
            {
                Decode(file);
            }
            catch (Exception exception) when (exception is not MediaException)
            {
                throw new InvalidOperationException($"Seed {seed + i}: {exception}\n{Convert.ToHexString(file)}", exception);
            }
        }
    }

    private void Decode(byte[] file)
    {
        long bytes = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
        try
        {
            _codec.Decode(file, "damaged").Dispose();
            Decoded++;
        }
        catch (MediaException)
        {
            Refused++;
        }

        LongestMilliseconds = Math.Max(LongestMilliseconds, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        MostBytes = Math.Max(MostBytes, GC.GetAllocatedBytesForCurrentThread() - bytes);
    }
}
