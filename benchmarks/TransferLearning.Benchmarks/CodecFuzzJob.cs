using TransferLearning.Tests;

namespace TransferLearning.Benchmarks;

/// <summary>Decodes damaged TIFF, TGA and portable maps, and measures the longest and the most memory that one takes.</summary>
internal static class CodecFuzzJob
{
    private const double Milliseconds = 300;
    private const double Megabytes = 256;

    /// <summary>The result is a file of results in JSON; a file that ends otherwise than in an image or a refusal ends the run.</summary>
    /// <param name="count">How many files.</param>
    public static string Run(int count)
    {
        CodecFuzz fuzz = new(Path.Combine(AppContext.BaseDirectory, "CodecFixtures"));
        fuzz.Run(count, seed: 20_000);
        object[] rows =
        [
            new
            {
                name = $"longest of {count} damaged images, ms",
                ratio = Math.Round(fuzz.LongestMilliseconds, 1),
                goal = Milliseconds,
                direction = "atMost",
            },
            new
            {
                name = $"most memory of {count} damaged images, MB",
                ratio = Math.Round(fuzz.MostBytes / 1e6, 1),
                goal = Megabytes,
                direction = "atMost",
            },
        ];
        return ResultsFile.Of(rows, new { fuzz.Decoded, fuzz.Refused });
    }
}
