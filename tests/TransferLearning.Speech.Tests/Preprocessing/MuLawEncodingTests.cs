using System.Text.Json;

namespace TransferLearning.Tests;

public class MuLawEncodingTests
{
    [Fact]
    [Trait("Category", "Parity")]
    public void Numbers_and_samples_are_torchaudios()
    {
        using JsonDocument golden = ParityFolder.Json("speech/frontends.json");
        JsonElement mu = golden.RootElement.GetProperty("mu_law_256");
        float[] input = [.. mu.GetProperty("input").EnumerateArray().Select(value => value.GetSingle())];
        int[] encoded = [.. mu.GetProperty("encoded").EnumerateArray().Select(value => value.GetInt32())];
        MuLawEncoding encoding = new();
        Assert.Equal(encoded, encoding.Encode(input));
        float[] decoded = encoding.Decode(encoded);
        float[] expected = [.. mu.GetProperty("decoded").EnumerateArray().Select(value => value.GetSingle())];
        float tolerance = mu.GetProperty("tolerance").GetSingle();
        Assert.All(decoded.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, tolerance));
    }

    [Fact]
    public void One_level_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new MuLawEncoding(1));
}
