using System.Text.Json;

namespace TransferLearning.Tests;

[Trait("Category", "Parity")]
public sealed class SkiaImageCodecParityTests
{
    public static IEnumerable<TheoryDataRow<string>> Images => TransformGoldens.Keys("images");

    public static IEnumerable<TheoryDataRow<string>> Oriented => TransformGoldens.Keys("exif");

    public static IEnumerable<TheoryDataRow<string>> Bad => TransformGoldens.Keys("bad");

    [Theory]
    [MemberData(nameof(Images))]
    public void Decodes_what_Python_decodes(string file)
    {
        JsonElement entry = TransformGoldens.Entry("images", file);
        JsonElement tolerance = entry.GetProperty("decode_tolerance");
        using ImagePixels image = TransformGoldens.Decode(file);
        TransformGoldens.AssertEqual(
            entry.GetProperty("decoded").GetProperty("png").GetString()!,
            entry.GetProperty("decoded"),
            image,
            tolerance.GetProperty("max_levels").GetDouble(),
            tolerance.GetProperty("mean_levels").GetDouble());
    }

    [Theory]
    [MemberData(nameof(Oriented))]
    public void Turns_images_upright(string file)
    {
        JsonElement entry = TransformGoldens.Entry("exif", file);
        using ImagePixels image = TransformGoldens.Decode(file);
        int width = entry.GetProperty("width").GetInt32();
        int height = entry.GetProperty("height").GetInt32();
        Assert.Equal((width, height), (image.Width, image.Height));
        foreach ((string corner, int x, int y) in new[]
        {
            ("top_left", 2, 2), ("top_right", width - 3, 2), ("bottom_left", 2, height - 3), ("bottom_right", width - 3, height - 3),
        })
        {
            JsonElement expected = entry.GetProperty("corners").GetProperty(corner);
            for (int channel = 0; channel < 3; channel++)
            {
                int actual = image.Bytes[(y * image.Stride) + (x * 4) + channel];
                Assert.InRange(Math.Abs(actual - expected[channel].GetInt32()), 0, entry.GetProperty("tolerance_levels").GetInt32());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void Refuses_bad_files_and_names_them(string file)
    {
        string expected = TransformGoldens.Entry("bad", file).GetProperty("expect").GetString()!;
        Assert.Contains(expected, new[] { "ok", "error", "error_or_partial" });
        MediaException? error = null;
        try
        {
            using ImagePixels image = TransformGoldens.Decode(file);
        }
        catch (MediaException exception)
        {
            error = exception;
        }

        if (expected == "ok")
        {
            Assert.Null(error);
        }
        else if (expected == "error" || error is not null)
        {
            Assert.NotNull(error);
            Assert.Equal(file, error.ItemName);
            Assert.Contains(file, error.Message, StringComparison.Ordinal);
        }
    }
}
