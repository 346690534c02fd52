using System.Globalization;
using System.Text.Json;

namespace TransferLearning.Tests;

/// <summary>The entries of <c>transforms.json</c>, and how images are compared with them.</summary>
internal static class TransformGoldens
{
    private static readonly Lazy<JsonElement> Root = new(() =>
    {
        using JsonDocument document = ParityFolder.Json("transforms.json");
        return document.RootElement.Clone();
    });

    public static ChannelValues Mean => Channels(Root.Value.GetProperty("normalize").GetProperty("mean"));

    public static ChannelValues Std => Channels(Root.Value.GetProperty("normalize").GetProperty("std"));

    /// <summary>The keys of one list, as rows of a theory.</summary>
    public static IEnumerable<TheoryDataRow<string>> Keys(string list)
        => Root.Value.GetProperty(list).EnumerateArray().Select(entry => new TheoryDataRow<string>(Key(entry)));

    public static JsonElement Entry(string list, string key)
        => Root.Value.GetProperty(list).EnumerateArray().Single(entry => Key(entry) == key);

    public static ImagePixels Decode(string file)
        => new SkiaImageCodec().Decode(File.ReadAllBytes(ParityFolder.File(file)), file);

    public static ChannelValues Channels(JsonElement values) => new(values[0].GetSingle(), values[1].GetSingle(), values[2].GetSingle());

    /// <summary>Fails unless the image has the recorded size and its channels differ at most by the stated levels.</summary>
    public static void AssertEqual(
        string expectedFile, JsonElement record, ImagePixels actual, double maximum, double mean = double.MaxValue)
    {
        using ImagePixels expected = Decode(expectedFile);
        int channels = record.GetProperty("channels").GetInt32();
        Assert.Equal(
            (record.GetProperty("width").GetInt32(), record.GetProperty("height").GetInt32()), (actual.Width, actual.Height));
        Assert.Equal(record.GetProperty("fnv1a64").GetString(), Checksum(expected, channels));
        (int largest, double average) = Difference(expected, actual);
        Assert.True(largest <= maximum && average <= mean, $"largest difference {largest} of {maximum}, mean {average} of {mean}");
    }

    public static (int Largest, double Mean) Difference(ImagePixels expected, ImagePixels actual)
    {
        Assert.Equal((expected.Width, expected.Height), (actual.Width, actual.Height));
        int largest = 0;
        long sum = 0;
        for (int i = 0; i < expected.Bytes.Length; i++)
        {
            int difference = i % 4 == 3 ? 0 : Math.Abs(expected.Bytes[i] - actual.Bytes[i]);
            largest = Math.Max(largest, difference);
            sum += difference;
        }

        return (largest, sum / (expected.Bytes.Length * 0.75));
    }

    public static int CountOf(ImagePixels image, PixelColor color)
    {
        int count = 0;
        for (int i = 0; i < image.Bytes.Length; i += ImagePixels.BytesPerPixel)
        {
            count += new PixelColor(image.Bytes[i], image.Bytes[i + 1], image.Bytes[i + 2]) == color ? 1 : 0;
        }

        return count;
    }

    public static string Checksum(ImagePixels image, int channels)
    {
        ulong hash = 0xCBF29CE484222325;
        for (int i = 0; i < image.Bytes.Length; i++)
        {
            if (i % 4 < channels)
            {
                hash = unchecked((hash ^ image.Bytes[i]) * 0x100000001B3);
            }
        }

        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }

    private static string Key(JsonElement entry)
        => (entry.TryGetProperty("id", out JsonElement id) ? id : entry.GetProperty("file")).GetString()!;
}
