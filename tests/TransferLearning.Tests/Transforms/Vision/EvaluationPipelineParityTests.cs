using System.Text.Json;

namespace TransferLearning.Tests;

[Trait("Category", "Parity")]
public sealed class EvaluationPipelineParityTests
{
    public static IEnumerable<TheoryDataRow<string>> Images => TransformGoldens.Keys("images");

    [Theory]
    [MemberData(nameof(Images))]
    public void Resizes_the_shorter_side_bit_for_bit(string file)
    {
        JsonElement entry = TransformGoldens.Entry("images", file);
        JsonElement record = entry.GetProperty("resized");
        SeededRandom random = default(SeededRandom);
        using ImagePixels resized = new Resize(record.GetProperty("short_side").GetInt32())
            .Apply(TransformGoldens.Decode(entry.GetProperty("decoded").GetProperty("png").GetString()!), ref random);
        Assert.Equal((record.GetProperty("width").GetInt32(), record.GetProperty("height").GetInt32()), (resized.Width, resized.Height));
        int channels = record.GetProperty("channels").GetInt32();
        Assert.Equal(record.GetProperty("fnv1a64").GetString(), TransformGoldens.Checksum(resized, channels));
    }

    [Theory]
    [MemberData(nameof(Images))]
    public void Gives_the_numbers_of_torchvision(string file)
    {
        JsonElement entry = TransformGoldens.Entry("images", file);
        JsonElement record = entry.GetProperty("eval_pipeline");
        int[] shape = record.GetProperty("shape").EnumerateArray().Select(length => length.GetInt32()).ToArray();
        ImagePipeline pipeline = ImagePipeline.ForEvaluation(new ImagePreprocess(
            entry.GetProperty("resized").GetProperty("short_side").GetInt32(), shape[1], TransformGoldens.Mean, TransformGoldens.Std));
        float[] numbers = new float[shape[0] * shape[1] * shape[2]];
        string decoded = entry.GetProperty("decoded").GetProperty("png").GetString()!;
        SeededRandom random = default(SeededRandom);
        pipeline.Apply(
            new Sample(decoded, 0, new EncodedImage(File.ReadAllBytes(ParityFolder.File(decoded)))), ref random, numbers);

        JsonElement[] positions = record.GetProperty("positions").EnumerateArray().ToArray();
        JsonElement[] values = record.GetProperty("values").EnumerateArray().ToArray();
        Assert.NotEmpty(positions);
        for (int i = 0; i < positions.Length; i++)
        {
            int at = (((positions[i][0].GetInt32() * shape[1]) + positions[i][1].GetInt32()) * shape[2]) + positions[i][2].GetInt32();
            Assert.Equal(values[i].GetSingle(), numbers[at], 1e-6f);
        }

        for (int channel = 0; channel < 3; channel++)
        {
            double mean = numbers.Skip(channel * shape[1] * shape[2]).Take(shape[1] * shape[2]).Average(number => (double)number);
            Assert.Equal(record.GetProperty("channel_mean")[channel].GetDouble(), mean, 1e-5);
        }
    }
}
