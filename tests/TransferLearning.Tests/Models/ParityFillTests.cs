using System.Globalization;
using System.Text;
using System.Text.Json;

namespace TransferLearning.Tests;

[Trait("Category", "Parity")]
public sealed class ParityFillTests
{
    [Fact]
    public void The_hash_and_the_fill_give_the_vectors()
    {
        using JsonDocument vectors = ParityFolder.Json("fill_vectors.json");
        foreach (JsonElement pair in vectors.RootElement.GetProperty("fnv1a64").EnumerateArray())
        {
            Assert.Equal(
                pair[1].GetString(),
                ParityFill.Fnv1a64(Encoding.UTF8.GetBytes(pair[0].GetString()!)).ToString("x16", CultureInfo.InvariantCulture));
        }

        foreach (JsonElement pair in vectors.RootElement.GetProperty("splitmix64").EnumerateArray())
        {
            ulong input = ulong.Parse(pair[0].GetString()!, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            Assert.Equal(pair[1].GetString(), ParityFill.SplitMix64(input).ToString("x16", CultureInfo.InvariantCulture));
        }

        foreach (JsonElement tensor in vectors.RootElement.GetProperty("tensors").EnumerateArray())
        {
            ParityFill fill = new(vectors.RootElement.GetProperty("salt").GetString()!, tensor.GetProperty("gain").GetDouble());
            string kind = tensor.GetProperty("kind").GetString()!;
            if (kind is "zero" or "keep")
            {
                continue;
            }

            float[] values = fill.Values(tensor.GetProperty("name").GetString()!, kind, ParityModel.Shape(tensor.GetProperty("shape")));
            Assert.Equal(tensor.GetProperty("word_checksum").GetString(), ParityFill.WordChecksum(values));
        }
    }
}
