using System.Text.Json;

namespace TransferLearning.Tests;

/// <summary>Front ends give torchaudio's numbers, whatever of its arguments are set.</summary>
public class FrontEndParityTests
{
    [Fact]
    [Trait("Category", "Parity")]
    public void Every_case_equals_torchaudio()
    {
        using JsonDocument document = ParityFolder.Json("speech/frontends.json");
        List<string> errors = [];
        int count = 0;
        foreach (JsonElement one in document.RootElement.GetProperty("cases").EnumerateArray())
        {
            string id = one.GetProperty("id").GetString()!;
            JsonElement output = one.GetProperty("output");
            count++;
            try
            {
                long[] shape = [.. output.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
                Waveform wave = Golden.Wave(one.GetProperty("wav").GetString()!);
                AudioFrames frames = TorchaudioChain.Run(one.GetProperty("chain"), wave);
                bool isKaldi = shape.Length == 2 && one.GetProperty("layout").ValueKind == JsonValueKind.String;
                float[] values = isKaldi ? frames.Transposed() : frames.Values.ToArray();
                Assert.Equal(shape.Aggregate(1L, (product, size) => product * size), values.Length);
                Golden.Compare(output, shape, values, id);
            }
            catch (Exception exception)
            {
                errors.Add($"{id}: {exception.Message}");
            }
        }

        Assert.True(errors.Count == 0, string.Join(Environment.NewLine, errors));
        Assert.True(count > 0);
    }

    [Fact]
    [Trait("Category", "Parity")]
    public void Mel_and_cosine_matrices_equal_torchaudio()
    {
        using JsonDocument document = ParityFolder.Json("speech/frontends.json");
        JsonElement tables = document.RootElement.GetProperty("tables");
        double tolerance = tables.GetProperty("tolerance").GetDouble();
        foreach (JsonProperty table in tables.EnumerateObject().Where(table => table.Value.ValueKind == JsonValueKind.Object))
        {
            JsonElement args = table.Value.GetProperty("args");
            if (table.Name.StartsWith("melscale", StringComparison.Ordinal))
            {
                int bins = args[0].GetInt32();
                FrequencyBands form = new()
                {
                    LowestFrequency = args[1].GetDouble(),
                    HighestFrequency = args[2].GetDouble(),
                    Count = args[3].GetInt32(),
                    SampleRate = args[4].GetInt32(),
                    HasUnitArea = args[5].ValueKind == JsonValueKind.String,
                    Scale = args[6].GetString() == "htk" ? FrequencyScale.Htk : FrequencyScale.Slaney,
                };
                BandMatrix matrix = BandMatrix.Of(bins, form);
                for (int band = 0; band < form.Count; band++)
                {
                    double sum = Enumerable.Range(0, bins).Sum(bin => (double)matrix.At(bin, band));
                    Assert.Equal(table.Value.GetProperty("column_sums")[band].GetDouble(), sum, tolerance);
                    Assert.Equal(table.Value.GetProperty("row_20")[band].GetDouble(), matrix.At(20, band), tolerance);
                }
            }
            else
            {
                int coefficients = args[0].GetInt32(), bands = args[1].GetInt32();
                CosineTransform form = new(coefficients) { IsOrthonormal = args[2].ValueKind == JsonValueKind.String };
                for (int band = 0; band < table.Value.GetProperty("first_rows").GetArrayLength(); band++)
                {
                    for (int row = 0; row < coefficients; row++)
                    {
                        double expected = table.Value.GetProperty("first_rows")[band][row].GetDouble();
                        Assert.Equal(expected, form.Weight(band, row, bands), tolerance);
                    }
                }
            }
        }
    }
}
